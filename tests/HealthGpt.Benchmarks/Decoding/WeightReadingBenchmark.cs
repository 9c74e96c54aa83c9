using System.Diagnostics;
using System.Globalization;
using HealthGpt.Benchmarks.Measuring;
using HealthGpt.Benchmarks.Subjects;
using HealthGpt.Model.Decoder;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Benchmarks.Decoding;

/// <summary>How near decoding comes to the speed at which its weights can be read at all, and what a batch gains by reading them once for all its rows.</summary>
internal sealed class WeightReadingBenchmark : IBenchmark
{
    private const int Threads = 2;
    private const int Prompt = 64;
    private const int Tokens = 24;
    private const int Batch = 8;

    private static readonly DecoderConfig Shape = new()
    {
        Family = DecoderFamily.Phi3,
        Hidden = 1024,
        Layers = 16,
        Heads = 16,
        KeyValueHeads = 16,
        FeedForward = 2816,
        VocabularyRows = 16384,
    };

    public string Name => "weight-reading";

    public void Run(Meter meter)
    {
        var before = get_num_threads();
        set_num_threads(Threads);
        try
        {
            using var subject = new RandomDecoder(Shape, ScalarType.BFloat16);
            Compare(meter, subject);
        }
        finally
        {
            set_num_threads(before);
        }
    }

    private void Compare(Meter meter, RandomDecoder subject)
    {
        using var one = new GreedyBatch(subject, 1, Prompt, Tokens);
        using var eight = new GreedyBatch(subject, Batch, Prompt, Tokens);
        var stream = Side.Of("reading the weights and nothing else", () => WeightStream.Read(subject.Read, Threads, Tokens));
        var single = Side.Of("batch 1", () => one.Write(), one.Read);
        var size = string.Create(CultureInfo.InvariantCulture, $"{(subject.Read.Sum(tensor => tensor.numel()) + subject.Embedding.numel()) / 1e6:0}M parameters, bfloat16, {Threads} threads");
        var bytes = new Work(subject.ReadBytes * Tokens / 1e9, "GB");
        meter.Compare(Name, $"{Tokens} tokens after {Prompt}, {size}", stream, single, bytes);
        meter.Compare(
            Name, $"{Batch * Tokens} tokens, {size}",
            Side.Reporting($"{Batch} answers one after another", () => Time(one, Batch)),
            Side.Reporting($"a batch of {Batch}", () => Time(eight, 1)), new Work(Batch * Tokens, "tokens"));
        meter.Compare(Name, $"{Tokens} tokens after {Prompt}, {size}", Side.Of("through torch", () => one.Write(throughTorch: true), one.Read), single, new Work(Tokens, "tokens"));
        meter.Compare(
            Name, $"batch {Batch}, {Tokens} tokens each after {Prompt}, {size}", Side.Of("through torch", () => eight.Write(throughTorch: true), eight.Read),
            Side.Of($"batch {Batch}", () => eight.Write(), eight.Read), new Work(Batch * Tokens, "tokens"));
    }

    private static TimeSpan Time(GreedyBatch answers, int times)
    {
        var total = TimeSpan.Zero;
        for (var time = 0; time < times; time++)
        {
            answers.Read();
            var start = Stopwatch.GetTimestamp();
            answers.Write();
            total += Stopwatch.GetElapsedTime(start);
        }

        return total;
    }
}

using HealthGpt.Benchmarks.Measuring;
using TorchSharp;

namespace HealthGpt.Benchmarks.Decoding;

/// <summary>What keys and values kept from token to token save, and what the number format does.</summary>
internal sealed class DecodingBenchmark : IBenchmark
{
    private const int Tokens = 16;

    public string Name => "decoding";

    public void Run(Meter meter)
    {
        using var single = new QuestionPrompt(torch.ScalarType.Float32);
        using var half = new QuestionPrompt(torch.ScalarType.BFloat16);
        var work = new Work(Tokens, "tokens");
        var what = $"a prompt of {single.Length} positions and {Tokens} tokens";
        if (!single.WithCache(Tokens).SequenceEqual(single.WithoutCache(Tokens))) throw new InvalidOperationException("the cache changes the answer, so its time says nothing");
        meter.Compare(
            Name, what + ", float32",
            Side.Of("whole sequence for each token", () => single.WithoutCache(Tokens)),
            Side.Of("KV cache", () => single.WithCache(Tokens)), work);
        meter.Compare(
            Name, $"{Tokens} tokens after a prompt of {single.Length} positions",
            Side.Of("float32", () => single.Write(Tokens), () => single.Read(Tokens)),
            Side.Of("bfloat16", () => half.Write(Tokens), () => half.Read(Tokens)), work);
        meter.Compare(
            Name, $"reading a prompt of {single.Length} positions",
            Side.Of("float32", () => single.Read(Tokens)),
            Side.Of("bfloat16", () => half.Read(Tokens)), new Work(single.Length, "positions"));
    }
}

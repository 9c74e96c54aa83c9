using HealthGpt.Model.Decoder;
using HealthGpt.Model.HLora;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Model.Tests.Decoder;

// Shapes: B batch, T sequence, H hidden.

public sealed class CachedDecodingTests(ITestOutputHelper output)
{
    private const int Seed = 20281;
    private const int Trials = 30;

    // With gradients recorded, every step goes through torch; without, single positions on a CPU go through the decoding step.
    [Theory, InlineData(false), InlineData(true)]
    public void Any_batch_through_the_cache_equals_each_of_its_rows_alone(bool recordGradients)
    {
        output.WriteLine($"seed {Seed}");
        var random = new Random(Seed);
        foreach (var config in RandomDecoder.Configurations)
        {
            using var subject = new RandomDecoder(config, random.Next());
            using var first = subject.HLora(rank: 8, experts: 4, random.Next());
            using var second = subject.HLora(rank: 6, experts: 2, random.Next());
            for (var trial = 0; trial < Trials; trial++)
            {
                using var scope = NewDisposeScope();
                using var mode = set_grad_enabled(recordGradients);
                Compare(subject.Decoder, [null, first, second], random, trial);
            }
        }
    }

    private static void Compare(TransformerDecoder decoder, HLoraWeights?[] choices, Random random, int trial)
    {
        var rows = random.Next(1, 6);
        var passes = Enumerable.Range(0, random.Next(1, 8)).Select(_ => random.Next(3) == 0 ? random.Next(2, 24) : 1).ToArray();
        var lengths = passes.Select(width => Enumerable.Range(0, rows).Select(_ => random.Next(1, width + 1)).ToArray()).ToArray();
        var plugins = Enumerable.Range(0, rows).Select(_ => choices[random.Next(choices.Length)]).ToArray();
        var sequences = Enumerable.Range(0, rows).Select(row => Random(random, lengths.Sum(pass => pass[row]), decoder.Config.Hidden)).ToArray();
        var expected = sequences.Select((sequence, row) => decoder.Forward(sequence.unsqueeze(0), plugins[row])[0]).ToArray();
        // Every other cache is full to its last position when the longest row ends.
        using var cache = new KvCache(decoder.Config, rows, (int)sequences.Max(sequence => sequence.shape[0]) + (trial % 2 * random.Next(1, 9)), ScalarType.Float32);
        for (var pass = 0; pass < passes.Length; pass++)
        {
            var before = Enumerable.Range(0, rows).Select(row => lengths.Take(pass).Sum(item => item[row])).ToArray();
            var padding = new BatchPadding(random.Next(2) == 0 ? PaddingSide.Left : PaddingSide.Right, lengths[pass]);
            var parts = sequences.Select((sequence, row) => sequence.narrow(0, before[row], lengths[pass][row])).ToArray();
            var hidden = decoder.Forward(Pad(parts, padding, passes[pass]), new HLoraRows(plugins), cache, padding: passes[pass] == 1 ? null : padding);
            RequireSame(expected, hidden, before, padding, passes[pass], $"trial {trial}, pass {pass} of {passes.Length}, {padding.Side}");
        }

        Assert.Equal(sequences.Select(sequence => (int)sequence.shape[0]), cache.Lengths);
    }

    [Theory, InlineData(PaddingSide.Left), InlineData(PaddingSide.Right)]
    public void A_padded_batch_without_a_cache_equals_each_of_its_rows_alone(PaddingSide side)
    {
        output.WriteLine($"seed {Seed}");
        var random = new Random(Seed);
        foreach (var config in RandomDecoder.Configurations)
        {
            using var scope = NewDisposeScope();
            using var subject = new RandomDecoder(config, random.Next());
            using var hlora = subject.HLora(rank: 8, experts: 4, random.Next());
            var lengths = Enumerable.Range(0, 5).Select(_ => random.Next(1, 25)).ToArray();
            var sequences = lengths.Select(length => Random(random, length, config.Hidden)).ToArray();
            var expected = sequences.Select(sequence => subject.Decoder.Forward(sequence.unsqueeze(0), hlora)[0]).ToArray();
            var padding = new BatchPadding(side, lengths);
            var hidden = subject.Decoder.Forward(Pad(sequences, padding, lengths.Max()), hlora, padding: padding);
            RequireSame(expected, hidden, new int[5], padding, lengths.Max(), $"{config.Family}");
        }
    }

    // bfloat16 keeps 8 bits: both roads round, each at its own places.
    [Fact]
    public void Steps_in_bfloat16_stay_as_close_to_float32_as_torchs_own()
    {
        output.WriteLine($"seed {Seed}");
        foreach (var config in RandomDecoder.Configurations)
        {
            using var scope = NewDisposeScope();
            using var exact = new RandomDecoder(config, Seed);
            using var narrow = new RandomDecoder(config, Seed, ScalarType.BFloat16);
            using var exactPlugin = exact.HLora(rank: 8, experts: 4, Seed);
            using var narrowPlugin = narrow.HLora(rank: 8, experts: 4, Seed);
            var sequence = Random(new Random(Seed), 20, config.Hidden).unsqueeze(0);
            var expected = exact.Decoder.Forward(sequence, exactPlugin);
            double Error(bool recordGradients)
            {
                using var mode = set_grad_enabled(recordGradients);
                using var cache = new KvCache(config, 1, 20, ScalarType.BFloat16);
                var parts = Enumerable.Range(0, 20).Select(at => narrow.Decoder.Forward(sequence.narrow(1, at, 1).to(ScalarType.BFloat16), narrowPlugin, cache)).ToArray();
                return ((cat(parts, 1).to(ScalarType.Float32) - expected).norm() / expected.norm()).ToDouble();
            }

            var (steps, torchs) = (Error(recordGradients: false), Error(recordGradients: true));
            output.WriteLine($"{config.Family}: {steps:E2}, through torch {torchs:E2}");
            Assert.InRange(steps, 0, Math.Max(torchs, 0.01) * 1.1);
        }
    }

    [Fact]
    public void What_does_not_fit_the_batch_is_refused()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var subject = new RandomDecoder(RandomDecoder.Configurations[0], Seed);
        using var hlora = subject.HLora(rank: 8, experts: 4, Seed);
        using var cache = new KvCache(subject.Decoder.Config, 2, 3, ScalarType.Float32);
        Tensor Batch(int rows, int width) => zeros(rows, width, 64);

        Assert.Contains("1 rows, but the batch has 2", Assert.Throws<ArgumentException>(() => subject.Decoder.Forward(Batch(2, 1), new HLoraRows([hlora]))).Message, StringComparison.Ordinal);
        Assert.Contains("KV cache is of 2 rows, but the batch has 3", Assert.Throws<ArgumentException>(() => subject.Decoder.Forward(Batch(3, 1), null, cache)).Message, StringComparison.Ordinal);
        Assert.Contains("a row of 5 tokens", Assert.Throws<ArgumentException>(() => subject.Decoder.Forward(Batch(2, 4), padding: new(PaddingSide.Left, [5, 1]))).Message, StringComparison.Ordinal);
        Assert.Contains("longer than the model's 128 positions", Assert.Throws<ArgumentException>(() => subject.Decoder.Forward(Batch(1, 129))).Message, StringComparison.Ordinal);
        for (var step = 0; step < 3; step++) subject.Decoder.Forward(Batch(2, 1), hlora, cache);
        Assert.Contains("holds 3 positions, but 4 are needed", Assert.Throws<InvalidOperationException>(() => subject.Decoder.Forward(Batch(2, 1), hlora, cache)).Message, StringComparison.Ordinal);
    }

    private static void RequireSame(Tensor[] expected, Tensor hidden, int[] before, BatchPadding padding, int width, string what)
    {
        for (var row = 0; row < expected.Length; row++)
        {
            var found = hidden[row].narrow(0, padding.First(row, width), padding.Lengths[row]);
            Reference.Near(expected[row].narrow(0, before[row], padding.Lengths[row]), found, name: $"{what}, row {row}");
        }
    }

    // Padding holds numbers that would be seen at once if anything read them.
    private static Tensor Pad(Tensor[] rows, BatchPadding padding, int width) => stack(rows.Select((row, at) => nn.functional.pad(
        row, [0, 0, padding.First(at, width), width - padding.First(at, width) - row.shape[0]], PaddingModes.Constant, 100)));

    private static Tensor Random(Random random, int length, int width)
    {
        using var generator = new Generator((ulong)random.Next());
        return randn([length, width], generator: generator);
    }
}

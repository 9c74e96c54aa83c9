using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using HealthGpt.Training.Phases;
using Xunit;
using static TorchSharp.torch;

namespace HealthGpt.Training.Tests.Phases;

public sealed class PhaseTrainerTests(TinyWorld world) : IClassFixture<TinyWorld>, IDisposable
{
    private readonly PhaseSetup _setup = new(world, Stop);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("alignment/comprehension", "shared/comprehension/adapter/")]
    [InlineData("alignment/generation", "shared/generation/adapter/", "shared/generation/hlora/", "vocabulary/embedding/image", "vocabulary/head/image")]
    [InlineData("adaptation/mixed", "vocabulary/")]
    [InlineData("instruction/vqa", "plugin/vqa/adapter/", "plugin/vqa/hlora/")]
    [InlineData("instruction/super-resolution", "plugin/super-resolution/adapter/", "plugin/super-resolution/hlora/")]
    public void Trains_what_the_curriculum_says_and_leaves_every_other_bit(string phaseId, params string[] trained)
    {
        var phase = _setup.Job.Phases.Single(phase => phase.Id == phaseId);
        using var trainer = _setup.Trainer(phase);
        var before = Snapshot();

        // The second step is the first in which A and router of a fresh H-LoRA have a gradient: B starts at zero.
        for (var step = 0; step < 2; step++) _setup.Step(trainer, step, Stop);

        var changed = Snapshot().Where(weight => !weight.Value.AsSpan().SequenceEqual(before[weight.Key])).Select(weight => weight.Key).ToHashSet();
        var expected = _setup.State.Weights.Keys.Where(name => trained.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal))).ToHashSet();
        Assert.Equal(expected.Order(), changed.Order());
    }

    [Fact]
    public void Gradient_of_a_shard_is_the_same_whatever_was_computed_before()
    {
        using var trainer = _setup.Trainer(_setup.Job.Phases[1]);
        var batch = _setup.Samples.OfStep(0);
        float[] Gradient(int shard) => _setup.Gradient(trainer, batch, 0, shard, 100, Stop);

        var first = Gradient(1);
        Gradient(0);

        Assert.Equal(first, Gradient(1));
        Assert.Contains(first[..^1], value => value != 0);
    }

    [Theory]
    [InlineData("alignment/generation")]
    [InlineData("adaptation/mixed")]
    [InlineData("instruction/vqa")]
    public void Gradients_behind_a_boundary_are_complete_when_the_backward_pass_has_reached_it(string phaseId)
    {
        using var trainer = _setup.Trainer(_setup.Job.Phases.Single(phase => phase.Id == phaseId));
        _setup.Step(trainer, 0, Stop);
        var batch = _setup.Samples.OfStep(1);
        var seen = new List<(int Boundary, float[] Gradient)>();

        var whole = _setup.Gradient(trainer, batch, 1, 3, 100, Stop, boundary => seen.Add((boundary, Flat(trainer.Weights.Gradient))));

        Assert.Equal([2, 1, 0], seen.Select(moment => moment.Boundary));
        Assert.All(seen, moment => Assert.Equal(Behind(whole, moment.Boundary), Behind(moment.Gradient, moment.Boundary)));
        Assert.NotEqual(whole, seen[^1].Gradient);

        IEnumerable<float> Behind(float[] gradient, int boundary) => BoundariesByElement(trainer.Weights).Zip(gradient).Where(element => element.First >= boundary).Select(element => element.Second);
    }

    [Theory]
    [InlineData("alignment/comprehension")]
    [InlineData("alignment/generation")]
    [InlineData("adaptation/mixed")]
    public void Activations_that_are_computed_again_change_no_bit_and_leave_no_tensor(string phaseId)
    {
        var phase = _setup.Job.Phases.Single(phase => phase.Id == phaseId);
        float[] kept, again;
        var seen = new List<int>();
        using (var trainer = _setup.Trainer(phase))
        {
            _setup.Step(trainer, 0, Stop);
            kept = _setup.Gradient(trainer, _setup.Samples.OfStep(1), 1, 3, 100, Stop);
        }

        using (var trainer = _setup.Trainer(phase, _setup.Job with { ActivationCheckpointing = true }))
        {
            again = _setup.Gradient(trainer, _setup.Samples.OfStep(1), 1, 3, 100, Stop, seen.Add);
            var live = Tensor.TotalCount;
            _setup.Gradient(trainer, _setup.Samples.OfStep(1), 1, 3, 100, Stop);
            Assert.Equal(live, Tensor.TotalCount);
        }

        Assert.Equal(kept, again);
        Assert.Equal([2, 1, 0], seen);
    }

    [Fact]
    public void Buckets_cover_the_gradient_in_the_order_in_which_it_is_complete()
    {
        int[] boundaries = [GradientBucket.AfterBlocks, 3, 2, 1, 0, GradientBucket.AtEnd];
        long[] lengths = [40_000_000, 1 << 17, 1 << 18, 100, 100, 7];

        var buckets = GradientBucket.Cut(lengths.Zip(boundaries));

        Assert.Equal(buckets.Select(bucket => bucket.Start), buckets.Aggregate(new List<long> { 0 }, (starts, bucket) => [.. starts, starts[^1] + bucket.Length]).SkipLast(1));
        Assert.Equal(lengths.Sum(), buckets.Sum(bucket => (long)bucket.Length));
        Assert.Equal([GradientBucket.AfterBlocks, GradientBucket.AfterBlocks, GradientBucket.AfterBlocks, 2, GradientBucket.AtEnd], buckets.Select(bucket => bucket.Boundary));
    }

    [Fact]
    public void Loss_of_a_batch_does_not_depend_on_how_it_is_cut()
    {
        var phase = _setup.Job.Phases[1] with { Dropout = 0 };
        using var trainer = _setup.Trainer(phase);
        var batch = _setup.Samples.OfStep(0);
        var tokens = batch.Sum(sample => sample.AnswerTokens);
        var whole = _setup.Sum(trainer, batch, 0, Stop)[^1];

        var oneByOne = batch.Sum(sample =>
        {
            using var roles = new PhaseModel(_setup.Model, _setup.Frozen, _setup.State, PhaseRoles.Of(_setup.Job, phase, generationTask: false));
            return roles.Backward(_setup.Loader.Load([sample]), tokens, null);
        });

        Assert.Equal(oneByOne, whole, 1e-4);
        // Before its first step every image token is as likely as any other.
        Assert.InRange(whole, Math.Log(2), 20);
    }

    public void Dispose() => _setup.Dispose();

    private static float[] Flat(Tensor tensor) => MemoryMarshal.Cast<byte, float>(tensor.bytes).ToArray();

    private IEnumerable<int> BoundariesByElement(TrainedWeights weights) => weights.Names.SelectMany(name =>
        Enumerable.Repeat(
            name.Contains("/head/", StringComparison.Ordinal) ? 2 : Regex.Match(name, @"layers\.(\d+)") is { Success: true } match ? int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) : -1,
            (int)_setup.State.Weights[name].numel()));

    private Dictionary<string, byte[]> Snapshot() =>
        _setup.State.Weights.ToDictionary(weight => weight.Key, weight => weight.Value.detach().contiguous().bytes.ToArray());
}

using HealthGpt.Training.Phases;
using Xunit;

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
        var batch = trainer.Samples.OfStep(0);
        float[] Gradient(int shard) => trainer.ShardGradient(0, shard, _setup.Load(trainer, batch, shard), 100, Stop).ToArray();

        var first = Gradient(1);
        Gradient(0);

        Assert.Equal(first, Gradient(1));
        Assert.Contains(first[..^1], value => value != 0);
    }

    [Fact]
    public void Loss_of_a_batch_does_not_depend_on_how_it_is_cut()
    {
        var phase = _setup.Job.Phases[1] with { Dropout = 0 };
        using var trainer = _setup.Trainer(phase);
        var batch = trainer.Samples.OfStep(0);
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

    private Dictionary<string, byte[]> Snapshot() =>
        _setup.State.Weights.ToDictionary(weight => weight.Key, weight => weight.Value.detach().contiguous().bytes.ToArray());
}

using HealthGpt.Data.Images;
using HealthGpt.Data.Samples;
using HealthGpt.Model;
using HealthGpt.Training.Features;
using HealthGpt.Training.Jobs;
using HealthGpt.Training.Phases;
using HealthGpt.Training.Samples;
using HealthGpt.Training.State;
using TorchSharp;
using Xunit;

namespace HealthGpt.Training.Tests.Phases;

public sealed class PhaseTrainerTests : IClassFixture<TinyWorld>, IDisposable
{
    private readonly TrainingJob _job;
    private readonly HealthGptModel _model;
    private readonly IReadOnlyList<PhaseTasks> _tasks;
    private readonly SampleIndex _index;
    private readonly FrozenParts _frozen;
    private readonly TrainingState _state = new();

    public PhaseTrainerTests(TinyWorld world)
    {
        _job = world.Job(precision: "float32");
        _model = HealthGptModel.Load(_job.Model, torch.ScalarType.Float32);
        var dataset = Dataset.Load(_job.Data);
        _tasks = PhaseTasks.Resolve(_job, dataset.Tasks);
        var binding = new SampleBinding(_model.Tokenizer, _model.Template, _model.ImageVocabulary, 16, 16, 320);
        _index = SampleIndex.Build(dataset, _tasks.SelectMany(tasks => tasks.All), binding, BadSamplePolicy.Stop, TestContext.Current.CancellationToken);
        var clip = new ClipPreparation { Size = _model.Preparation.Size, Mean = _model.Preparation.Mean, Std = _model.Preparation.Std };
        _frozen = new FrozenParts(_model.Tower, clip, _model.ImageTokenizer, new FrozenCache(Path.Combine(world.CacheFolder, "phase-tests"), 1 << 20));
        StateStart.Fill(_state, _job, _model);
    }

    [Theory]
    [InlineData("alignment/comprehension", "shared/comprehension/adapter/")]
    [InlineData("alignment/generation", "shared/generation/adapter/", "shared/generation/hlora/", "vocabulary/embedding/image", "vocabulary/head/image")]
    [InlineData("adaptation/mixed", "vocabulary/")]
    [InlineData("instruction/vqa", "plugin/vqa/adapter/", "plugin/vqa/hlora/")]
    [InlineData("instruction/super-resolution", "plugin/super-resolution/adapter/", "plugin/super-resolution/hlora/")]
    public void Trains_what_the_curriculum_says_and_leaves_every_other_bit(string phaseId, params string[] trained)
    {
        var phase = _job.Phases.Single(phase => phase.Id == phaseId);
        using var trainer = Trainer(phase);
        var before = Snapshot();

        // The second step is the first in which A and router of a fresh H-LoRA have a gradient: B starts at zero.
        for (var step = 0; step < 2; step++) Step(trainer, step);

        var changed = Snapshot().Where(weight => !weight.Value.AsSpan().SequenceEqual(before[weight.Key])).Select(weight => weight.Key).ToHashSet();
        var expected = _state.Weights.Keys.Where(name => trained.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal))).ToHashSet();
        Assert.Equal(expected.Order(), changed.Order());
    }

    [Fact]
    public void Loss_of_a_batch_does_not_depend_on_how_it_is_cut()
    {
        var phase = _job.Phases[1] with { Dropout = 0 };
        using var trainer = Trainer(phase);
        var batch = trainer.Samples.OfStep(0);
        var tokens = batch.Sum(sample => sample.AnswerTokens);
        var whole = Enumerable.Range(0, _job.Shards).Sum(shard => trainer.ShardGradient(0, shard, batch, tokens, TestContext.Current.CancellationToken)[^1]);

        var oneByOne = batch.Sum(sample =>
        {
            using var roles = new PhaseModel(_model, _frozen, _state, PhaseRoles.Of(_job, phase, generationTask: false));
            return roles.Backward([sample], tokens, null);
        });

        Assert.Equal(oneByOne, whole, 1e-4);
        // Before its first step every image token is as likely as any other.
        Assert.InRange(whole, Math.Log(2), 20);
    }

    public void Dispose()
    {
        _state.Dispose();
        _model.Dispose();
    }

    private PhaseTrainer Trainer(JobPhase phase)
    {
        var tasks = _tasks[phase.Index];
        return new PhaseTrainer(_job, phase, _model, _frozen, new PhaseSamples(_job, phase, tasks, _index), tasks.Generation.Count > 0, _state, 0);
    }

    private void Step(PhaseTrainer trainer, int step)
    {
        var batch = trainer.Samples.OfStep(step);
        var sum = new float[trainer.GradientLength];
        for (var shard = 0; shard < _job.Shards; shard++)
        {
            var gradient = trainer.ShardGradient(step, shard, batch, batch.Sum(sample => sample.AnswerTokens), TestContext.Current.CancellationToken);
            for (var at = 0; at < sum.Length; at++) sum[at] += gradient[at];
        }

        trainer.Apply(sum, step);
    }

    private Dictionary<string, byte[]> Snapshot() =>
        _state.Weights.ToDictionary(weight => weight.Key, weight => weight.Value.detach().contiguous().bytes.ToArray());
}

using HealthGpt.Data.Images;
using HealthGpt.Data.Samples;
using HealthGpt.Model;
using HealthGpt.Training.Features;
using HealthGpt.Training.Jobs;
using HealthGpt.Training.Phases;
using HealthGpt.Training.Samples;
using HealthGpt.Training.State;
using TorchSharp;

namespace HealthGpt.Training.Tests.Phases;

/// <summary>The tiny job's phases, ready to be trained in float32 without a replica around them.</summary>
internal sealed class PhaseSetup : IDisposable
{
    private readonly IReadOnlyList<PhaseTasks> _tasks;

    public PhaseSetup(TinyWorld world, CancellationToken cancellationToken)
    {
        Job = world.Job(precision: "float32");
        Model = HealthGptModel.Load(Job.Model, torch.ScalarType.Float32);
        Dataset = Dataset.Load(Job.Data);
        _tasks = PhaseTasks.Resolve(Job, Dataset.Tasks);
        var binding = new SampleBinding(Model.Tokenizer, Model.Template, Model.ImageVocabulary, 16, 16, 320);
        Index = SampleIndex.Build(Dataset, _tasks.SelectMany(tasks => tasks.All), binding, BadSamplePolicy.Stop, cancellationToken);
        var clip = new ClipPreparation { Size = Model.Preparation.Size, Mean = Model.Preparation.Mean, Std = Model.Preparation.Std };
        Frozen = new FrozenParts(Model.Tower, clip, Model.ImageTokenizer, new FrozenCache(Path.Combine(world.CacheFolder, "phase-tests"), 1 << 20));
        StateStart.Fill(State, Job, Model);
    }

    public TrainingJob Job { get; }

    public HealthGptModel Model { get; }

    public Dataset Dataset { get; }

    public SampleIndex Index { get; }

    public FrozenParts Frozen { get; }

    public TrainingState State { get; } = new();

    public PhaseTrainer Trainer(JobPhase phase)
    {
        var tasks = _tasks[phase.Index];
        return new PhaseTrainer(Job, phase, Model, Frozen, new PhaseSamples(Job, phase, tasks, Index), tasks.Generation.Count > 0, State, 0);
    }

    public void Step(PhaseTrainer trainer, int step, CancellationToken cancellationToken) =>
        trainer.Apply(Sum(trainer, trainer.Samples.OfStep(step), step, cancellationToken), step);

    /// <summary>The summed gradient of a batch and, last, its loss.</summary>
    public float[] Sum(PhaseTrainer trainer, PreparedSample[] batch, int step, CancellationToken cancellationToken)
    {
        var sum = new float[trainer.GradientLength];
        for (var shard = 0; shard < Job.Shards; shard++)
        {
            var gradient = trainer.ShardGradient(step, shard, batch, batch.Sum(sample => sample.AnswerTokens), cancellationToken);
            for (var at = 0; at < sum.Length; at++) sum[at] += gradient[at];
        }

        return sum;
    }

    public void Dispose()
    {
        State.Dispose();
        Model.Dispose();
    }
}

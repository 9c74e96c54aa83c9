using System.Runtime.InteropServices;
using HealthGpt.Data.Samples;
using HealthGpt.Model;
using HealthGpt.Training.Features;
using HealthGpt.Training.Jobs;
using HealthGpt.Training.Phases;
using HealthGpt.Training.Pipeline;
using HealthGpt.Training.Samples;
using HealthGpt.Training.State;
using TorchSharp;

namespace HealthGpt.Training.Tests.Phases;

/// <summary>The tiny job's phases, ready to be trained in float32 without a replica around them.</summary>
internal sealed class PhaseSetup : IDisposable
{
    private readonly IReadOnlyList<PhaseTasks> _tasks;
    private readonly FrozenCache _cache;
    private JobPhase? _phase;

    public PhaseSetup(TinyWorld world, CancellationToken cancellationToken)
    {
        Job = world.Job(precision: "float32");
        Model = HealthGptModel.Load(Job.Model, torch.ScalarType.Float32, cancellationToken: cancellationToken);
        Dataset = Dataset.Load(Job.Data);
        _tasks = PhaseTasks.Resolve(Job, Dataset.Tasks);
        var binding = new SampleBinding(Model.Tokenizer, "tiny", Model.Template, Model.ImageVocabulary, 16, 16, 320);
        Index = SampleIndex.Build(
            Dataset, _tasks.SelectMany(tasks => tasks.All), binding, new BadSampleRule(BadSamplePolicy.Stop, 0), Path.Combine(world.CacheFolder, "samples"), cancellationToken);
        _cache = new FrozenCache(new FrozenFolder(world.CacheFolder, "phase-tests", 1 << 24), 1 << 20);
        Loader = new MicroBatchLoader(Model, _cache);
        Frozen = new FrozenParts(Model, _cache, Loader, new DataClock());
        StateStart.Fill(State, Job, Model);
    }

    public TrainingJob Job { get; }

    public HealthGptModel Model { get; }

    public Dataset Dataset { get; }

    public SampleIndex Index { get; }

    public MicroBatchLoader Loader { get; }

    public FrozenParts Frozen { get; }

    public TrainingState State { get; } = new();

    public PhaseTrainer Trainer(JobPhase phase, TrainingJob? job = null)
    {
        _phase = phase;
        return new PhaseTrainer(job ?? Job, phase, Model, Frozen, _tasks[phase.Index].Generation.Count > 0, State, 0);
    }

    /// <summary>Samples of the phase that was set up last.</summary>
    public PhaseSamples Samples => SamplesOf(_phase!);

    public PhaseSamples SamplesOf(JobPhase phase) => new(Job, phase, _tasks[phase.Index], Index);

    public void Step(PhaseTrainer trainer, int step, CancellationToken cancellationToken)
    {
        Sum(trainer, Samples.OfStep(step), step, cancellationToken).CopyTo(MemoryMarshal.Cast<byte, float>(trainer.Weights.Reduced.bytes));
        trainer.Apply(step);
    }

    /// <summary>The summed gradient of a batch and, last, its loss.</summary>
    public float[] Sum(PhaseTrainer trainer, SampleReference[] batch, int step, CancellationToken cancellationToken)
    {
        var sum = new float[trainer.Weights.Length + 1];
        for (var shard = 0; shard < Job.Shards; shard++)
        {
            var gradient = Gradient(trainer, batch, step, shard, batch.Sum(sample => sample.AnswerTokens), cancellationToken);
            for (var at = 0; at < sum.Length; at++) sum[at] += gradient[at];
        }

        return sum;
    }

    public float[] Gradient(PhaseTrainer trainer, SampleReference[] batch, int step, int shard, int tokens, CancellationToken cancellationToken, Action<int>? reached = null)
    {
        var batches = Load(batch, shard).ToList();
        trainer.ShardGradient(step, shard, batches, batches.Count, tokens, reached, cancellationToken);
        return MemoryMarshal.Cast<byte, float>(trainer.Weights.Gradient.bytes).ToArray();
    }

    public IEnumerable<MicroBatch> Load(SampleReference[] batch, int shard) =>
        Samples.MicroBatchesOf(batch, shard).Select(rows => Loader.Load(rows));

    public void Dispose()
    {
        _cache.Dispose();
        State.Dispose();
        Model.Dispose();
    }
}

using System.Runtime.InteropServices;
using HealthGpt.Collectives;
using HealthGpt.Model;
using HealthGpt.Model.HLora;
using HealthGpt.Training.Features;
using HealthGpt.Training.Jobs;
using HealthGpt.Training.Optimizers;
using HealthGpt.Training.Pipeline;
using HealthGpt.Training.Random;
using HealthGpt.Training.Replicas;
using HealthGpt.Training.Samples;
using HealthGpt.Training.Schedules;
using HealthGpt.Training.State;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Training.Phases;

/// <summary>Gradients of logical shards and optimizer steps of one phase. Knows nothing of ranks.</summary>
internal sealed class PhaseTrainer : IDisposable
{
    private readonly TrainingJob _job;
    private readonly JobPhase _phase;
    private readonly PhaseModel _model;
    private readonly TrainingState _state;
    private readonly LearningRateSchedule _schedule;
    private int _applied;

    /// <param name="job">The job.</param>
    /// <param name="phase">The phase.</param>
    /// <param name="model">The model.</param>
    /// <param name="frozen">Its parts that are never trained.</param>
    /// <param name="generationTask">Whether the phase's samples are answered with pictures.</param>
    /// <param name="state">What has been learnt.</param>
    /// <param name="done">Steps of the phase done before.</param>
    /// <param name="kept">The weights, of so many, whose moments this rank keeps and which it moves; null for all.</param>
    public PhaseTrainer(TrainingJob job, JobPhase phase, HealthGptModel model, FrozenParts frozen, bool generationTask, TrainingState state, int done, Func<long, IReadOnlyList<WeightRange>>? kept = null)
    {
        _job = job;
        _phase = phase;
        _state = state;
        _schedule = new LearningRateSchedule(phase.Schedule, phase.WarmupSteps, phase.Steps);
        if (phase.Stage == Stages.Instruction && !state.Has(WeightNames.TextEmbedding)) throw new InvalidOperationException("the state was not filled");
        if (phase.Stage == Stages.Instruction && !state.Under(WeightNames.Plugin(phase.Name)).Any())
            StateStart.AddPlugin(state, job, model, phase.Name, generationTask);
        var roles = PhaseRoles.Of(job, phase, generationTask);
        Weights = new TrainedWeights(state, phase, roles);
        _model = new PhaseModel(model, frozen, state, roles, job.ActivationCheckpointing);
        StartOptimizer(done, kept?.Invoke(Weights.Length) ?? [new WeightRange(0, Weights.Length)]);
        // What was skipped moved no moment, so the optimizer's corrections do not count it.
        _applied = done - state.History.TakeLast(done).Count(step => step.Skipped);
    }

    /// <summary>What the phase trains.</summary>
    public TrainedWeights Weights { get; }

    /// <summary>Whether this rank wants to write a checkpoint after the next step; heard of the rank that computes shard 0.</summary>
    public bool WantsCheckpoint { get; set; }

    /// <summary>Time that forward passes took, all together.</summary>
    public TimeSpan ForwardTime => _model.ForwardTime;

    /// <summary>Time that backward passes took, all together.</summary>
    public TimeSpan BackwardTime => _model.BackwardTime;

    /// <summary>Leaves the gradient of one logical shard and, last, its share of the loss in <see cref="TrainedWeights.Gradient"/>.</summary>
    /// <param name="globalStep">Steps of the job done before this one; seeds dropout.</param>
    /// <param name="shard">The shard.</param>
    /// <param name="batches">The shard's micro-batches, each asked for once the one before is computed.</param>
    /// <param name="count">How many they are.</param>
    /// <param name="globalTokens">Answer tokens of the whole global batch.</param>
    /// <param name="reached">Told of the boundaries that the last backward pass comes to.</param>
    /// <param name="cancellationToken">Checked between micro-batches.</param>
    public void ShardGradient(
        long globalStep, int shard, IEnumerable<MicroBatch> batches, int count, int globalTokens, Action<int>? reached, CancellationToken cancellationToken)
    {
        using var cleared = Weights.Gradient.zero_();
        var loss = 0f;
        var micro = 0;
        foreach (var batch in batches)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var isLast = micro == count - 1;
            loss += _model.Backward(batch, globalTokens, Dropout(globalStep, shard, micro++), isLast ? reached : null);
        }

        using var travelling = Weights.Gradient.narrow(0, Weights.Length, 2);
        var numbers = MemoryMarshal.Cast<byte, float>(travelling.bytes);
        numbers[0] = loss;
        numbers[1] = shard == 0 && WantsCheckpoint ? 1 : 0;
    }

    /// <summary>Clips the reduced gradient and applies it, unless it or the loss is infinite or not a number.</summary>
    /// <param name="done">Steps of the phase done before this one.</param>
    public StepUpdate Apply(int done)
    {
        using var gradient = Weights.Reduced.narrow(0, 0, Weights.Length);
        using var travelling = Weights.Reduced.narrow(0, Weights.Length, 2);
        var numbers = MemoryMarshal.Cast<byte, float>(travelling.bytes);
        var factor = _schedule.FactorAt(done);
        var update = new StepUpdate(numbers[0], AdamW.Clip(gradient, _job.Optimizer.ClipNorm), _phase.LearningRates.Largest * factor, numbers[1] > 0);
        if (!update.IsFinite) return update;
        _applied++;
        foreach (var part in _state.Moments) Move(part, gradient, factor);
        return update;
    }

    public void Dispose()
    {
        _model.Dispose();
        Weights.Dispose();
    }

    private void Move(MomentPart part, Tensor gradient, double factor)
    {
        using var weights = Weights.Flat.narrow(0, part.Start, part.Range.Length);
        using var slope = gradient.narrow(0, part.Start, part.Range.Length);
        var groups = Weights.Groups.Select(group => (Range: new WeightRange(group.Start, group.Length).And(part.Range), group.PeakRate)).Where(group => group.Range.Length > 0);
        AdamW.Step(
            _job.Optimizer, weights, part.First, part.Second, slope, groups.Select(group => (group.Range.Start - part.Start, group.Range.Length, group.PeakRate * factor)), _applied);
    }

    // The optimizer starts afresh in each phase; within one, the moments come with the state.
    private void StartOptimizer(int done, IReadOnlyList<WeightRange> kept)
    {
        if (done == 0)
        {
            _state.SetMoments([.. kept.Select(MomentPart.Zeros)], Weights.Length);
            return;
        }

        var found = _state.Moments.Select(part => part.Range).ToList();
        if (!found.SequenceEqual(kept))
            throw new InvalidDataException(
                $"the state after step {done} of {_phase.Id} has optimizer moments for {found.Sum(range => range.Length)} weights, but {kept.Sum(range => range.Length)} of the {Weights.Length} that the phase trains are kept here; it belongs to another job.");
    }

    private HLoraDropout? Dropout(long globalStep, int shard, int micro) =>
        _phase.Dropout > 0 ? new HLoraDropout(_phase.Dropout, KeyedSeed.Of(_job.Seed, "dropout", globalStep, shard, micro)) : null;
}

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
    private readonly Tensor _reduced;

    public PhaseTrainer(TrainingJob job, JobPhase phase, HealthGptModel model, FrozenParts frozen, PhaseSamples samples, bool generationTask, TrainingState state, int done)
    {
        _job = job;
        _phase = phase;
        _state = state;
        Samples = samples;
        _schedule = new LearningRateSchedule(phase.Schedule, phase.WarmupSteps, phase.Steps);
        if (phase.Stage == Stages.Instruction && !state.Has(WeightNames.TextEmbedding)) throw new InvalidOperationException("the state was not filled");
        if (phase.Stage == Stages.Instruction && !state.Under(WeightNames.Plugin(phase.Name)).Any())
            StateStart.AddPlugin(state, job, model, phase.Name, generationTask);
        var roles = PhaseRoles.Of(job, phase, generationTask);
        Weights = new TrainedWeights(state, phase, roles);
        _model = new PhaseModel(model, frozen, state, roles);
        _reduced = zeros([Weights.Length], ScalarType.Float32);
        _reduced.DetachFromDisposeScope();
        StartOptimizer(done);
    }

    /// <summary>The phase's samples.</summary>
    public PhaseSamples Samples { get; }

    /// <summary>What the phase trains.</summary>
    public TrainedWeights Weights { get; }

    /// <summary>Elements of a shard's gradient: one for each trained weight, and the loss.</summary>
    public int GradientLength => checked((int)Weights.Length + 1);

    /// <summary>Gradient of one logical shard.</summary>
    /// <param name="globalStep">Steps of the job done before this one; seeds dropout.</param>
    /// <param name="shard">The shard.</param>
    /// <param name="batches">The shard's micro-batches, each asked for once the one before is computed.</param>
    /// <param name="globalTokens">Answer tokens of the whole global batch.</param>
    /// <param name="cancellationToken">Checked between micro-batches.</param>
    /// <returns>Gradient and, last, the shard's share of the loss; valid until the next call.</returns>
    public ReadOnlySpan<float> ShardGradient(long globalStep, int shard, IEnumerable<MicroBatch> batches, int globalTokens, CancellationToken cancellationToken)
    {
        Weights.Gradient.bytes.Clear();
        var loss = 0f;
        var micro = 0;
        foreach (var batch in batches)
        {
            cancellationToken.ThrowIfCancellationRequested();
            loss += _model.Backward(batch, globalTokens, Dropout(globalStep, shard, micro++));
        }

        var gradient = MemoryMarshal.Cast<byte, float>(Weights.Gradient.bytes);
        gradient[^1] = loss;
        return gradient;
    }

    /// <summary>Clips the reduced gradient and applies it.</summary>
    /// <param name="reduced">Reduced gradient and, last, the loss.</param>
    /// <param name="done">Steps of the phase done before this one.</param>
    /// <returns>Norm before clipping and the largest learning rate.</returns>
    public (double GradientNorm, double LearningRate) Apply(ReadOnlySpan<float> reduced, int done)
    {
        MemoryMarshal.AsBytes(reduced[..^1]).CopyTo(_reduced.bytes);
        var norm = AdamW.Clip(_reduced, _job.Optimizer.ClipNorm);
        if (!double.IsFinite(norm))
            throw new JobFailureException($"{_phase.Id} step {done + 1}: the gradient's norm is {norm}; lower the learning rate, or train in float32.");
        var factor = _schedule.FactorAt(done);
        AdamW.Step(
            _job.Optimizer, Weights.Flat, _state.FirstMoment!, _state.SecondMoment!, _reduced,
            Weights.Groups.Select(group => (group.Start, group.Length, group.PeakRate * factor)), done + 1);
        return (norm, _phase.LearningRates.Largest * factor);
    }

    public void Dispose()
    {
        _model.Dispose();
        Weights.Dispose();
        _reduced.Dispose();
    }

    // The optimizer starts afresh in each phase; within one, the moments come with the state.
    private void StartOptimizer(int done)
    {
        if (done == 0)
        {
            _state.SetMoments(zeros([Weights.Length], ScalarType.Float32), zeros([Weights.Length], ScalarType.Float32));
            return;
        }

        if (_state.FirstMoment?.numel() != Weights.Length || _state.SecondMoment?.numel() != Weights.Length)
            throw new InvalidDataException($"the state after step {done} of {_phase.Id} has optimizer moments for {_state.FirstMoment?.numel() ?? 0} weights, but the phase trains {Weights.Length}; it belongs to another job.");
    }

    private HLoraDropout? Dropout(long globalStep, int shard, int micro) =>
        _phase.Dropout > 0 ? new HLoraDropout(_phase.Dropout, KeyedSeed.Of(_job.Seed, "dropout", globalStep, shard, micro)) : null;
}

using HealthGpt.Collectives;
using HealthGpt.Training.Jobs;
using HealthGpt.Training.Optimizers;
using HealthGpt.Training.Phases;
using HealthGpt.Training.Pipeline;
using HealthGpt.Training.Samples;
using HealthGpt.Training.State;

namespace HealthGpt.Training.Replicas;

/// <summary>One rank's steps of one phase with one group.</summary>
internal sealed class PhaseRun : IDisposable
{
    private readonly JobPhase _phase;
    private readonly TrainingState _state;
    private readonly PhaseSamples _samples;
    private readonly PhaseTrainer _trainer;
    private readonly NonFiniteGuard _guard;
    private readonly GradientExchange _exchange;
    private readonly WeightGather? _gather;
    private readonly BatchPipeline _pipeline;
    private readonly DataClock _clock;
    private readonly StepClocks _clocks;
    private readonly ProcessGroup _group;
    private readonly Action<StepMoment, long, ProcessGroup>? _probe;

    /// <param name="job">The job.</param>
    /// <param name="phase">The phase.</param>
    /// <param name="done">Its steps before.</param>
    /// <param name="state">What has been learnt.</param>
    /// <param name="trainer">Computes gradients and applies them; taken over.</param>
    /// <param name="samples">The phase's samples.</param>
    /// <param name="guard">Decides about steps that cannot be applied.</param>
    /// <param name="group">The group.</param>
    /// <param name="loader">Prepares micro-batches.</param>
    /// <param name="limits">How far ahead.</param>
    /// <param name="clock">Counts the time that goes into data.</param>
    /// <param name="probe">Hears of the moments of each step.</param>
    public PhaseRun(
        TrainingJob job, JobPhase phase, int done, TrainingState state, PhaseTrainer trainer, PhaseSamples samples, NonFiniteGuard guard, ProcessGroup group, MicroBatchLoader loader,
        PipelineLimits limits, DataClock clock, Action<StepMoment, long, ProcessGroup>? probe)
    {
        (_group, _probe) = (group, probe);
        (_phase, _state, _trainer, _samples, _guard, _clock) = (phase, state, trainer, samples, guard, clock);
        var partition = ZeroPartition.Of(job.Zero, group.WorldSize, trainer.Weights.Length);
        _gather = partition.Divides ? new WeightGather(group, partition, trainer.Weights) : null;
        _exchange = new GradientExchange(job.Shards, trainer.Weights, group);
        _pipeline = new BatchPipeline(MicroBatchPlan.All(samples, (done, phase.Steps), _exchange.Shards), loader, limits, clock);
        _clocks = new StepClocks(() => new StepTimes(clock.Total, trainer.ForwardTime, trainer.BackwardTime, _exchange.Waited));
    }

    /// <summary>Takes a step and commits it.</summary>
    /// <param name="done">Steps of the phase before it.</param>
    /// <param name="wantsCheckpoint">Whether this rank wants to write a checkpoint after it; heard of rank 0.</param>
    /// <param name="cancellationToken">Checked between micro-batches.</param>
    /// <returns>Whether rank 0 wants to write a checkpoint now.</returns>
    public bool Step(int done, bool wantsCheckpoint, CancellationToken cancellationToken)
    {
        _clocks.Start();
        var batch = _clock.Measure(() => _samples.OfStep(done));
        var tokens = batch.Sum(sample => sample.AnswerTokens);
        _trainer.WantsCheckpoint = wantsCheckpoint;
        StepRecord Record(StepUpdate update) => RecordOf(done, update, batch, tokens);
        try
        {
            _exchange.Reduce((shard, reached) => Compute(done, shard, batch, tokens, reached, cancellationToken), cancellationToken, () => Tell(StepMoment.Reduced));
        }
        catch when (_gather is not null && _exchange.SumsAreComplete)
        {
            _state.SetPending(new PendingStep(_state.CommittedSteps + 1, _trainer.Weights.Reduced.clone().DetachFromDisposeScope(), Record));
            throw;
        }

        var update = _trainer.Apply(done);
        var record = Record(update);
        _state.IsPartial = _gather is not null && update.IsFinite;
        _state.Commit(record);
        Tell(StepMoment.Applied);
        if (_state.IsPartial) _gather!.Weights(cancellationToken);
        _state.IsPartial = false;
        Tell(StepMoment.Gathered);
        _state.Amend(_clocks.Stop(record));
        if (done + 1 == _phase.Steps) _state.SetMoments([], 0);
        return update.CheckpointFollows;
    }

    /// <summary>Brings the optimizer's moments together on rank 0, where every rank has a part of them; all ranks call it.</summary>
    /// <returns>All of them on rank 0, the caller's; null where there are none, and on other ranks that have parts.</returns>
    public MomentPart? GatherMoments(CancellationToken cancellationToken) =>
        _gather is not null && _state.Moments.Count > 0 ? _gather.Moments(_state, cancellationToken) : _state.Moments.SingleOrDefault()?.Share();

    public void Dispose()
    {
        _pipeline.Dispose();
        _exchange.Dispose();
        _gather?.Dispose();
        _trainer.Dispose();
    }

    private void Tell(StepMoment moment) => _probe?.Invoke(moment, _state.CommittedSteps - (moment == StepMoment.Reduced ? 0 : 1), _group);

    private void Compute(int done, int shard, SampleReference[] batch, int tokens, Action<int> reached, CancellationToken cancellationToken)
    {
        var count = _samples.MicroBatchesOf(batch, shard).Count;
        _trainer.ShardGradient(_state.CommittedSteps, shard, _pipeline.TakeAll(done, shard, count, cancellationToken), count, tokens, reached, cancellationToken);
    }

    private StepRecord RecordOf(int done, StepUpdate update, SampleReference[] batch, int tokens) => new()
    {
        Step = _state.CommittedSteps + 1,
        Stage = _phase.Stage,
        Name = _phase.Name,
        PhaseStep = done + 1,
        Loss = update.Loss,
        GradientNorm = update.GradientNorm,
        LearningRate = update.LearningRate,
        Skipped = !update.IsFinite,
        SkippedSamples = update.IsFinite ? [] : _guard.Skip(_phase, done, update, batch),
        Tokens = tokens,
        Samples = batch.Length,
        Seconds = 0,
    };
}

using Microsoft.Extensions.Logging;

namespace HealthGpt.Training.Replicas;

/// <summary>What a replica shows of itself; written by the device thread, read by any.</summary>
internal sealed class ReplicaStatus(Action<WorkerProgress>? changed, ILogger logger) : IReplicaJournal
{
    private readonly Lock _gate = new();
    private readonly List<StepRecord> _steps = [];
    private WorkerProgress _head = new()
    {
        State = WorkerState.Preparing,
        Generation = 0,
        CommittedSteps = 0,
        EndPoint = "",
        Fingerprint = "",
        Steps = [],
    };

    private long _told;

    public bool HasFailed => _head.State == WorkerState.Failed;

    public WorkerProgress Progress(long afterStep)
    {
        lock (_gate)
        {
            var skip = (int)Math.Clamp(afterStep, 0, _steps.Count);
            return _head with { CommittedSteps = _steps.Count, Steps = _steps[skip..] };
        }
    }

    public void Listening(string endPoint) => Change(head => head with { EndPoint = endPoint });

    public void Prepared(string fingerprint, IReadOnlyList<string> badSamples, int badSampleCount) =>
        Change(head => head with { State = WorkerState.Ready, Fingerprint = fingerprint, BadSamples = badSamples, BadSampleCount = badSampleCount });

    /// <summary>Shows a posted group at once, so that who asks after joining never reads the end of the one before.</summary>
    public void Joined(long generation)
    {
        lock (_gate)
        {
            if (_head.State is WorkerState.Ready or WorkerState.Aborted or WorkerState.Running or WorkerState.Completed)
                _head = RunningIn(_head, generation);
        }
    }

    public void Running(long generation) => Change(head => RunningIn(head, generation));

    /// <summary>Ends a generation early; nothing where a higher one was joined meanwhile.</summary>
    public void Aborted(long generation, string reason) =>
        Change(head => head.Generation == generation ? head with { State = WorkerState.Aborted, Error = reason } : head);

    public void Failed(string error, bool failsJob, bool isOfJobFile) =>
        Change(head => head with { State = WorkerState.Failed, Error = error, FailsJob = failsJob, IsOfJobFile = isOfJobFile });

    public void Completed(long generation, string weightsSha256, string modelFolder) => Change(head => head.Generation == generation
        ? head with { State = WorkerState.Completed, WeightsSha256 = weightsSha256, ModelFolder = modelFolder }
        : head);

    public void Restored(IReadOnlyList<StepRecord> history, CheckpointStanding checkpoints)
    {
        lock (_gate)
        {
            _steps.Clear();
            _steps.AddRange(history);
            _head = _head with { StepsAtStart = history.Count, Starts = _head.Starts + 1 };
        }

        Checkpointed(checkpoints);
    }

    public void Committed(StepRecord step, CheckpointStanding checkpoints)
    {
        lock (_gate) _steps.Add(step);
        Checkpointed(checkpoints);
    }

    public void Checkpointed(CheckpointStanding checkpoints) => Change(head => head with { Checkpoint = checkpoints.Latest, CheckpointProblem = checkpoints.Problem });

    public void Exported(IReadOnlyList<string> leftOutPlugins) => Change(head => head with { LeftOutPlugins = leftOutPlugins });

    private static WorkerProgress RunningIn(WorkerProgress head, long generation) =>
        head with { State = WorkerState.Running, Generation = generation, Error = null, Starts = head.Generation == generation ? head.Starts : 0 };

    private void Change(Func<WorkerProgress, WorkerProgress> change)
    {
        lock (_gate) _head = change(_head);
        if (changed is null) return;
        var progress = Progress(_told);
        _told = progress.CommittedSteps;
        try
        {
            changed(progress);
        }
        catch (Exception error)
        {
            // A listener that fails must not cost the job a worker; what it missed it finds in Progress.
            logger.LogWarning(error, "Who listens to a worker failed.");
        }
    }
}

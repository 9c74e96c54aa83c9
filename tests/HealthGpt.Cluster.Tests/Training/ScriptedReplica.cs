using HealthGpt.Cluster.Abstractions.Training;
using HealthGpt.Cluster.Training;

namespace HealthGpt.Cluster.Tests.Training;

/// <summary>A replica without tensors: it commits a step every few milliseconds while its whole group is there.</summary>
internal sealed class ScriptedReplica(ScriptedEngine engine, string name, Action changed) : IReplica
{
    private static readonly TimeSpan StepTime = TimeSpan.FromMilliseconds(20);

    private readonly Lock _lock = new();
    private ScriptedGroup? _group;
    private WorkerCondition _condition = WorkerCondition.Ready;
    private long _generation;
    private string? _error;
    private bool _failsJob;
    private int _starts;
    private int _atStart;
    private bool _isDisposed;

    public int Committed { get; private set; }

    public string Name => name;

    /// <summary>The last step in its last checkpoint, 0 for none.</summary>
    public int Checkpoint { get; set; }

    /// <summary>Why its last checkpoint could not be written.</summary>
    public string? CheckpointProblem { get; set; }

    public int Reports { get; private set; }

    public void Join(WorkerAssignment assignment)
    {
        ScriptedGroup group;
        lock (_lock)
        {
            _group?.Broken.Cancel();
            group = engine.GroupOf(assignment);
            (_group, _generation, _condition, _error, _starts) = (group, assignment.Generation, WorkerCondition.Running, null, 0);
        }

        engine.Joins.Add((assignment.Generation, name));
        group.Enter(this);
        _ = Task.Run(() => TrainAsync(group));
    }

    /// <summary>Breaks its group, as a lost connection would.</summary>
    public Task BreakAsync() => _group!.Broken.CancelAsync();

    /// <summary>Goes back to a checkpoint without leaving its group, as all of its members do.</summary>
    public void GoBack(int step)
    {
        lock (_lock) (Committed, _atStart, _starts) = (step, step, _starts + 1);
    }

    /// <summary>Fails and breaks its group, as a real one would.</summary>
    public void Fail(string error, bool failsJob = false)
    {
        lock (_lock) (_condition, _error, _failsJob) = (WorkerCondition.Failed, error, failsJob);
        _group?.Broken.Cancel();
        changed();
    }

    public WorkerReport Report(string lease, long afterStep)
    {
        lock (_lock)
        {
            Reports++;
            return new WorkerReport
            {
                Lease = lease,
                Condition = engine.NeverReady ? WorkerCondition.Preparing : _condition,
                Generation = _generation,
                CommittedSteps = Committed,
                StepsAtStart = _atStart,
                Starts = _starts,
                Error = _error,
                FailsJob = _failsJob,
                Checkpoint = Checkpoint > 0 ? $"/runs/step-{Checkpoint}" : null,
                CheckpointStep = Checkpoint,
                CheckpointProblem = CheckpointProblem,
                LeftOutSamples = engine.LeftOut,
                LeftOutPlugins = _condition == WorkerCondition.Completed ? engine.LeftOutPlugins : [],
                EndPoint = name,
                WeightsSha256 = _condition == WorkerCondition.Completed ? engine.WeightsOf(this) : null,
                ModelFolder = _condition == WorkerCondition.Completed ? "/models/scripted" : null,
                Steps = Enumerable.Range(1, Committed).Where(step => step > afterStep).Select(engine.StepOf).ToArray(),
            };
        }
    }

    public ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            _isDisposed = true;
            _group?.Broken.Cancel();
        }

        return ValueTask.CompletedTask;
    }

    private async Task TrainAsync(ScriptedGroup group)
    {
        try
        {
            var begin = await group.Begun.Task.WaitAsync(group.Broken.Token);
            lock (_lock) (Committed, _atStart, _starts) = (begin, begin, 1);
            using var pace = new PeriodicTimer(StepTime);
            while (Committed < engine.Steps)
            {
                await pace.WaitForNextTickAsync(group.Broken.Token);
                if (Committed < engine.Limit()) lock (_lock) Committed++;
            }

            Become(group, WorkerCondition.Completed, null);
        }
        catch (OperationCanceledException)
        {
            Become(group, WorkerCondition.Aborted, "a peer closed its connection");
        }
    }

    private void Become(ScriptedGroup group, WorkerCondition condition, string? error)
    {
        lock (_lock)
        {
            if (_group != group || _isDisposed || _condition == WorkerCondition.Failed) return;

            (_condition, _error) = (condition, error);
        }

        changed();
    }
}

using HealthGpt.Training.Replicas;

namespace HealthGpt.Cli.LocalTraining;

/// <summary>One of a run's workers, through all the processes that take its place one after the other.</summary>
internal sealed class WorkerSlot(string name) : IAsyncDisposable
{
    private readonly List<StepRecord> _steps = [];
    private readonly List<WorkerProcess> _former = [];
    private WorkerProgress? _progress;
    private string? _howItEnded;
    private int? _exitCode;
    private long _answered;
    private long _called;
    private long _present;

    public string Name => name;

    public WorkerProcess? Process { get; private set; }

    /// <summary>The last generation that this process was told to join.</summary>
    public long Joined { get; set; }

    public WorkerView View => new() { Name = name, Progress = _progress, Answered = _answered, HowItEnded = _howItEnded, ExitCode = _exitCode, IsSilent = _present < _called };

    /// <summary>Every step that it has, without gaps.</summary>
    public IReadOnlyList<StepRecord> Steps => _steps;

    public void Take(WorkerProcess process)
    {
        if (Process is not null) _former.Add(Process);
        (Process, _progress, _howItEnded, _exitCode, _answered, _called, _present, Joined) = (process, null, null, null, 0, 0, 0, 0);
        _steps.Clear();
    }

    public void TakeAnswer(long generation) => _answered = generation;

    /// <summary>Asks for a sign of life, where it has given one before: a process that still starts may take its time.</summary>
    public void Call()
    {
        if (_progress is null || _howItEnded is not null) return;
        _called++;
        Process!.Call(_called);
    }

    public void TakePresence(long call) => _present = call;

    public void Told(WorkerProgress progress)
    {
        _progress = progress;
        // After a fall back to a checkpoint the steps beyond it come again, and may be others: the last time one of them was not finite.
        var before = (int)(progress.CommittedSteps - progress.Steps.Count);
        if (before < _steps.Count) _steps.RemoveRange(before, _steps.Count - before);
        _steps.AddRange(progress.Steps);
    }

    /// <summary>Asks the process to end, and kills it when the bound is over; those before it were killed.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var process in Process is null ? _former : [.. _former, Process])
        {
            await process.StopAsync(WorkerMain.StopBound);
            process.Dispose();
        }
    }

    public void Ended() => (_howItEnded, _exitCode) = (Process!.HowItEnded(), Process.ExitCode);
}

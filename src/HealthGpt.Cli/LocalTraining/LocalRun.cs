using System.Diagnostics;
using System.Security.Cryptography;
using System.Threading.Channels;
using HealthGpt.Cli.Progress;
using HealthGpt.Cli.Terminal;
using HealthGpt.Data.Samples;
using HealthGpt.Storage.Locations;
using HealthGpt.Training.Replicas;
using Spectre.Console;

namespace HealthGpt.Cli.LocalTraining;

/// <summary>
/// A job trained on this machine: starts the workers, forms their group, follows them, and starts again what is lost. All of it happens in one loop over what the workers tell. Disposing it
/// ends them all, gracefully within a bound.
/// </summary>
internal sealed class LocalRun : IAsyncDisposable
{
    private const int SecretBytes = 32;
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(250);

    private readonly LocalJob _local;
    private readonly RunFolder _folder;
    private readonly PlaceHold? _place;
    private readonly TextWriter _error;
    private readonly RunReport _report;
    private readonly ITrainingProgress _progress;
    private readonly WorkerSlot[] _slots;
    private readonly Channel<Heard> _heard = Channel.CreateUnbounded<Heard>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Stopwatch _since = new();
    private readonly string _orders;
    private IReadOnlyList<WorkerSlot> _group = [];
    private WorkerSlot? _narrator;
    private long _generation;
    private (long Generation, int Starts) _start;
    private long _furthest;
    private bool _hasTrained;
    private int _setbacks;

    private LocalRun(LocalJob local, RunFolder folder, PlaceHold? place, CommandOutput output)
    {
        _local = local;
        _folder = folder;
        _place = place;
        _error = output.Error;
        _progress = output.Interactive ? new BarProgress(AnsiConsole.Console) : new LineProgress(output);
        _report = new RunReport(local, folder, output, _progress);
        _slots = [.. Enumerable.Range(1, local.Workers).Select(number => new WorkerSlot($"worker-{number}"))];
        _orders = local.Job.ToYaml();
    }

    /// <summary>How long the run may take to end in good order.</summary>
    public static TimeSpan StopBound => WorkerMain.StopBound + TimeSpan.FromSeconds(5);

    public static async Task RunAsync(LocalJob local, CommandOutput output, CancellationToken cancellationToken)
    {
        using var folder = RunFolder.Open(local);
        await using var place = await PlaceHold.TakeAsync(local.Job.Checkpoints.To, output.Error, StorageAccess.FromEnvironment, null, cancellationToken);
        await using var run = new LocalRun(local, folder, place, output);
        await run.RunAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_slots.Select(slot => slot.DisposeAsync().AsTask()));
        _report.Dispose();
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        WorkerProgress? end = null;
        Start();
        try
        {
            await _progress.TrainAsync(_local.Job.Phases, async () => end = await FollowAsync(cancellationToken));
            _report.Complete(end!, clock.Elapsed);
        }
        catch (Exception exception)
        {
            await EndEarlyAsync(exception, cancellationToken);
            throw;
        }
        finally
        {
            _report.Plot();
        }
    }

    private void Start()
    {
        var count = _slots.Length == 1 ? "1 worker" : $"{_slots.Length} workers";
        _report.Tell(new RunEvent
        {
            Type = RunEventTypes.Started,
            Job = _local.Job.Name,
            Steps = _local.Job.TotalSteps,
            Message = $"training '{_local.Job.Name}': {_local.Job.TotalSteps} steps on {count} ({_local.Job.Device.Kind}); everything is told in {_folder.Events}",
        });
        foreach (var slot in _slots)
            Start(slot);
    }

    private void Start(WorkerSlot slot)
    {
        var start = new WorkerStart
        {
            Job = _orders,
            Name = slot.Name,
            DeviceIndex = Array.IndexOf(_slots, slot),
            CacheFolder = Path.Combine(CacheFolder.Default ?? _folder.Path, "training"),
            LogFile = _folder.LogOf(slot.Name),
        };
        slot.Take(WorkerProcess.Start(start, _error, (process, told) => _heard.Writer.TryWrite(new Heard(process, told)), process => _heard.Writer.TryWrite(new Heard(process, null))));
        _report.Tell(new RunEvent { Type = RunEventTypes.WorkerStarted, Worker = slot.Name, Process = slot.Process!.ProcessId, Message = $"{slot.Name} is process {slot.Process.ProcessId}" });
    }

    private async Task<WorkerProgress> FollowAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await ListenAsync(cancellationToken);
            _place?.Require();
            switch (LocalSupervisor.Decide(State()))
            {
                case Decision.Complete complete:
                    _report.Take(SlotOf(complete.Worker).Steps, complete.Worker.Progress!.StepsAtStart);
                    return complete.Worker.Progress!;
                case Decision.Fail fail:
                    throw Failed(fail);
                case Decision.Form form:
                    Form([.. form.Members.Select(SlotOf)]);
                    break;
                case Decision.Break broken:
                    Break(SlotOf(broken.Worker), RunEventTypes.GenerationBroken, $"generation {_generation} broke, as {broken.Worker.Name} tells: {broken.Reason}");
                    break;
                case Decision.Replace replace:
                    Replace(SlotOf(replace.Worker), replace.Reason);
                    break;
            }
        }
    }

    private RunState State() => new()
    {
        Workers = [.. _slots.Select(slot => slot.View)],
        Group = [.. _group.Select(slot => slot.Name)],
        Generation = _generation,
        Setbacks = _setbacks,
        Since = _since.Elapsed,
        IsTraining = _hasTrained && _report.Steps < _local.Job.TotalSteps,
    };

    /// <summary>Waits until something is heard, or for a beat, and takes it in.</summary>
    private async Task ListenAsync(CancellationToken cancellationToken)
    {
        using var beat = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        beat.CancelAfter(Beat);
        try
        {
            await _heard.Reader.WaitToReadAsync(beat.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Nothing happened; deadlines are looked at.
        }

        // One at a time: what is decided must not miss a state that a worker has left meanwhile.
        if (_heard.Reader.TryRead(out var heard))
            Take(heard);
    }

    private void Take(Heard heard)
    {
        // What a process that was replaced said last is of no use.
        if (_slots.FirstOrDefault(slot => slot.Process == heard.Process) is not { } slot) return;

        if (heard.Message is null) slot.Ended();
        if (heard.Message?.Answered is { } generation) slot.TakeAnswer(generation);
        if (heard.Message?.Present is { } call) slot.TakePresence(call);
        if (heard.Message?.Progress is not { } told) return;

        slot.Told(told);
        _report.TakeLeftOut(told);
        _report.TakeLeftOutPlugins(told);
        if (slot != _narrator || told.Generation != _generation) return;

        TakeSteps(slot, told);
        _report.TakeCheckpoints(slot.Name, told);
    }

    private void TakeSteps(WorkerSlot slot, WorkerProgress told)
    {
        TakeStart(told);
        _report.Take(slot.Steps, told.StepsAtStart);
        _hasTrained |= _report.Steps > told.StepsAtStart;
        // Steps that are done again are no progress: a run that dies at one step over and over has to end.
        if (_report.Steps <= _furthest) return;
        _furthest = _report.Steps;
        _setbacks = 0;
    }

    private void TakeStart(WorkerProgress told)
    {
        if (told.Starts == 0 || (told.Generation, told.Starts).CompareTo(_start) <= 0) return;

        var isFirst = _start == default;
        _start = (told.Generation, told.Starts);
        if (isFirst) _report.Begins(told);
        else if (told.Starts > 1 || told.StepsAtStart < _report.Steps) _report.GoesBack(told);
    }

    private void Form(IReadOnlyList<WorkerSlot> members)
    {
        _generation++;
        _group = members;
        // Of several that have different steps, the first has all of them.
        _narrator = members[0];
        _since.Restart();
        TakeSteps(_narrator, _narrator.View.Progress!);
        _report.Tell(new RunEvent
        {
            Type = RunEventTypes.Generation,
            Generation = _generation,
            Step = _report.Steps,
            Members = [.. members.Select(member => member.Name)],
            Message = $"generation {_generation}: {string.Join(", ", members.Select((member, rank) => $"rank {rank} is {member.Name}"))}",
        });
        var secret = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(SecretBytes));
        string[] endPoints = [.. members.Select(member => member.View.Progress!.EndPoint)];
        for (var rank = 0; rank < members.Count; rank++)
        {
            members[rank].Joined = _generation;
            members[rank].Process!.Join(new GroupAssignment { Generation = _generation, Rank = rank, Members = endPoints, Secret = secret });
        }
    }

    private void Break(WorkerSlot slot, string type, string message)
    {
        if (_group.Count > 0 || slot.Joined < _generation || _generation == 0) _setbacks++;
        _group = [];
        _since.Restart();
        // One that is frozen shows by nothing else: the others hear of the broken group, and it looks as if it still trained.
        foreach (var other in _slots)
            other.Call();
        _report.Tell(new RunEvent { Type = type, Generation = _generation, Step = _report.Steps, Worker = slot.Name, Process = slot.Process!.ProcessId, Message = message });
    }

    private void Replace(WorkerSlot slot, string reason)
    {
        slot.Process!.Kill();
        Break(slot, RunEventTypes.WorkerLost, $"{slot.Name} (process {slot.Process.ProcessId}) is lost after step {_report.Steps}: {reason}; it is started again");
        Start(slot);
    }

    private async Task EndEarlyAsync(Exception exception, CancellationToken cancellationToken)
    {
        if (!cancellationToken.IsCancellationRequested)
        {
            _report.End(isInterrupted: false, exception.Message);
            return;
        }

        // A checkpoint under way is finished.
        await Task.WhenAll(_slots.Select(slot => slot.Process!.StopAsync(WorkerMain.StopBound)));
        while (_heard.Reader.TryRead(out var heard))
            Take(heard);
        _report.End(isInterrupted: true, $"interrupted after step {_report.Steps}; the same command goes on from the last checkpoint");
    }

    private CommandException Failed(Decision.Fail fail)
    {
        var slot = SlotOf(fail.Worker);
        return new CommandException(
            !fail.Worker.IsMisconfigured ? ExitCodes.Failed : fail.Worker.ExitCode ?? ExitCodes.WrongFile,
            $"the job '{_local.Job.Name}' failed after step {_report.Steps}",
            $"{fail.Worker.Name}: {fail.Reason.TrimEnd('.')}",
            $"mend it and run the same command, which goes on from the last checkpoint; more is in '{_folder.LogOf(slot.Name)}'")
        {
            Details = slot.Process!.LastPrinted,
        };
    }

    private WorkerSlot SlotOf(WorkerView view) => _slots.Single(slot => slot.Name == view.Name);

    /// <summary>What a worker told, or its end.</summary>
    private sealed record Heard(WorkerProcess Process, WorkerMessage? Message);
}

using HealthGpt.Collectives;
using HealthGpt.Training.Jobs;
using HealthGpt.Training.State;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace HealthGpt.Training.Replicas;

/// <summary>
/// A replica on a thread of its own. Callers post and return at once; what happens is seen in <see cref="Progress"/>. A group that ends early leaves
/// the replica ready for one of a higher generation.
/// </summary>
public sealed class ReplicaHost : IAsyncDisposable
{
    private readonly TrainingJob _job;
    private readonly ReplicaOptions _options;
    private readonly ReplicaStatus _status;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _disposing = new();
    private readonly SemaphoreSlim _posted = new(0);
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CancellationTokenSource _present = new();
    private GroupAssignment? _next;
    private long _highest;

    /// <summary>Starts the device thread, which loads model and data.</summary>
    /// <param name="job">The job.</param>
    /// <param name="options">What comes from the machine.</param>
    /// <param name="changed">Hears of every change on the device thread, with the steps since the last call; must return soon.</param>
    /// <param name="logger">Takes what <see cref="WorkerProgress.Error"/> has no room for: the exceptions with their stacks.</param>
    public ReplicaHost(TrainingJob job, ReplicaOptions options, Action<WorkerProgress>? changed = null, ILogger? logger = null)
    {
        _job = job;
        _options = options;
        _logger = logger ?? NullLogger.Instance;
        _status = new ReplicaStatus(changed, _logger);
        var thread = new Thread(Main) { IsBackground = true, Name = $"device {options.Name} of {job.Name}" };
        thread.Start();
    }

    /// <summary>What has been learnt, for tests that run on the device thread.</summary>
    internal TrainingState? State { get; private set; }

    /// <summary>Posts a group to join; the present one is aborted.</summary>
    /// <param name="assignment">The replica's place in it.</param>
    /// <exception cref="StaleGenerationException">A higher generation is known.</exception>
    public void Join(GroupAssignment assignment)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposing.IsCancellationRequested, this);
            if (assignment.Generation < _highest) throw new StaleGenerationException(assignment.Generation, _highest);
            // A call that comes twice is one call.
            if (assignment.Generation == _highest && _highest > 0) return;
            _highest = assignment.Generation;
            _next = assignment;
            _status.Joined(assignment.Generation);
            Supersede();
        }
    }

    /// <summary>What the replica has done.</summary>
    /// <param name="afterStep">Steps up to this one are left out.</param>
    /// <returns>State and steps.</returns>
    public WorkerProgress Progress(long afterStep) => _status.Progress(afterStep);

    /// <summary>Ends the thread; a step under way is dropped.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            if (!_disposing.IsCancellationRequested)
            {
                _disposing.Cancel();
                Supersede();
            }
        }

        await _ended.Task;
        GC.SuppressFinalize(this);
    }

    private void Supersede()
    {
        _present.Cancel();
        _posted.Release();
    }

    private void Main()
    {
        PeerListener? listener = null;
        Replica? replica = null;
        try
        {
            listener = PeerListener.Start(_options.ListenAddress, 0, _options.AdvertisedHost, _logger);
            _status.Listening(listener.EndPoint);
            replica = Replica.Prepare(_job, _options, _logger, _disposing.Token);
            State = replica.State;
            foreach (var bad in replica.BadSamples) _logger.LogWarning("Worker '{Worker}' leaves out {Sample}", _options.Name, bad);
            _status.Prepared(replica.Fingerprint, [.. replica.BadSamples.Select(bad => bad.ToString())], replica.BadSampleCount);
        }
        catch (Exception error)
        {
            if (!_disposing.IsCancellationRequested) Fail(error);
        }

        try
        {
            Serve(listener, replica);
        }
        finally
        {
            End(listener, replica);
        }
    }

    private void Serve(PeerListener? listener, Replica? replica)
    {
        while (true)
        {
            _posted.Wait();
            GroupAssignment? assignment;
            CancellationToken present;
            lock (_gate)
            {
                if (_disposing.IsCancellationRequested) return;
                (assignment, _next) = (_next, null);
                _present.Dispose();
                _present = new CancellationTokenSource();
                present = _present.Token;
            }

            if (assignment is null || replica is null || listener is null || _status.HasFailed) continue;
            RunGroup(listener, replica, assignment, present);
        }
    }

    private void RunGroup(PeerListener listener, Replica replica, GroupAssignment assignment, CancellationToken present)
    {
        _status.Running(assignment.Generation);
        try
        {
            var group = ProcessGroup.FormAsync(listener, SpecOf(assignment), present).GetAwaiter().GetResult();
            try
            {
                using var either = CancellationTokenSource.CreateLinkedTokenSource(present, group.AbortToken);
                var (hash, folder) = replica.Run(group, _status, either.Token);
                _status.Completed(assignment.Generation, hash, folder);
            }
            catch (Exception error)
            {
                EndGroup(group, error, present);
            }
            finally
            {
                group.DisposeAsync().AsTask().GetAwaiter().GetResult();
            }
        }
        catch (Exception error) when (error is GroupFormationException or JoinRefusedException or GroupAbortedException or OperationCanceledException)
        {
            Abort(assignment.Generation, error, error.Message);
        }
        catch (Exception error)
        {
            Fail(error);
        }
    }

    private void EndGroup(ProcessGroup group, Exception error, CancellationToken present)
    {
        if (present.IsCancellationRequested)
        {
            group.Abort($"worker '{_options.Name}' left");
            _status.Aborted(group.Generation, $"generation {group.Generation} was left");
            return;
        }

        if (error is GroupAbortedException or OperationCanceledException)
        {
            Abort(group.Generation, error, error is GroupAbortedException ? error.Message : ReasonOf(group));
            return;
        }

        group.Abort($"worker '{_options.Name}' failed: {error.Message}");
        Fail(error);
    }

    private void Fail(Exception error)
    {
        _logger.LogError(error, "Worker '{Worker}' failed.", _options.Name);
        _status.Failed(error.Message, FailsJob(error), error is JobFileException or JobFailureException { IsOfJobFile: true });
    }

    // Samples and model are the same for every worker; a full memory, a missing file or a port may be this machine's alone.
    private static bool FailsJob(Exception error) => error is JobFailureException or JobFileException or InvalidDataException;

    private void Abort(long generation, Exception error, string reason)
    {
        _logger.LogWarning(error, "Worker '{Worker}' ends generation {Generation}: {Reason}", _options.Name, generation, reason);
        _status.Aborted(generation, reason);
    }

    // A shard that saw the abort only knows that there was one; any operation of the group says why.
    private static string ReasonOf(ProcessGroup group)
    {
        try
        {
            group.BarrierAsync().GetAwaiter().GetResult();
            return $"generation {group.Generation} ended";
        }
        catch (Exception error)
        {
            return error.Message;
        }
    }

    private GroupSpec SpecOf(GroupAssignment assignment) => new()
    {
        Job = _job.Name,
        Generation = assignment.Generation,
        Rank = assignment.Rank,
        Members = assignment.Members,
        Secret = assignment.Secret,
        Transport = _job.Transport,
        Encryption = _job.Encryption,
        FormTimeout = _options.FormTimeout,
        HeartbeatInterval = _options.HeartbeatInterval,
    };

    private void End(PeerListener? listener, Replica? replica)
    {
        try
        {
            replica?.Dispose();
            listener?.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
        catch (Exception error)
        {
            Fail(error);
        }
        finally
        {
            _ended.TrySetResult();
        }
    }
}

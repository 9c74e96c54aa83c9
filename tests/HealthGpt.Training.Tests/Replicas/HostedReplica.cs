using HealthGpt.Collectives;
using HealthGpt.Storage.Locations;
using HealthGpt.Training.Jobs;
using HealthGpt.Training.Replicas;
using Microsoft.Extensions.Logging;

namespace HealthGpt.Training.Tests.Replicas;

/// <summary>A replica host that tests can stop at a step.</summary>
internal sealed class HostedReplica : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(120);
    private readonly ManualResetEventSlim _release = new();
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isOverdue;

    public HostedReplica(
        TrainingJob job, string cache, string name = "worker", long stopAt = long.MaxValue, Action<WorkerProgress>? changed = null, int dataThreads = 2, StorageAccess? storage = null,
        ILogger? logger = null, Action<StepMoment, long, ProcessGroup>? probe = null)
    {
        var options = new ReplicaOptions
        {
            CacheFolder = cache,
            Name = name,
            DataThreads = dataThreads,
            DataBytes = dataThreads == 3 ? 1 : 1 << 28,
            Probe = probe,
            Storage = storage ?? new StorageAccess(),
        };
        Host = new ReplicaHost(job, options, progress =>
        {
            changed?.Invoke(progress);
            if (progress.CommittedSteps != stopAt || _release.IsSet) return;
            _reached.TrySetResult();
            _isOverdue = !_release.Wait(Deadline);
        }, logger);
    }

    public ReplicaHost Host { get; }

    public Task Reached => _reached.Task.WaitAsync(Deadline);

    public async Task<WorkerProgress> UntilAsync(params WorkerState[] states)
    {
        using var timeout = new CancellationTokenSource(Deadline);
        while (true)
        {
            var progress = Host.Progress(0);
            if (_isOverdue) throw new TimeoutException($"the replica was held for {Deadline} and went on");
            if (states.Contains(progress.State)) return progress;
            if (progress.State == WorkerState.Failed) throw new InvalidOperationException(progress.Error);
            await Task.Delay(5, timeout.Token);
        }
    }

    public static async Task JoinAsync(long generation, params HostedReplica[] members)
    {
        var endPoints = new List<string>();
        foreach (var member in members)
            endPoints.Add((await member.UntilAsync(WorkerState.Ready, WorkerState.Aborted, WorkerState.Completed)).EndPoint);
        for (var rank = 0; rank < members.Length; rank++)
            members[rank].Host.Join(new GroupAssignment { Generation = generation, Rank = rank, Members = endPoints, Secret = "secret" });
    }

    /// <summary>Trains a job to its end.</summary>
    /// <returns>What rank 0 tells of it.</returns>
    public static async Task<WorkerProgress> RunAsync(TrainingJob job, string cache, int workers = 1, Action<WorkerProgress>? changed = null)
    {
        var members = Enumerable.Range(0, workers).Select(rank => new HostedReplica(job, cache, $"worker{rank}", changed: changed)).ToArray();
        try
        {
            await JoinAsync(1, members);
            await CompletedAsync(members);
            return members[0].Host.Progress(0);
        }
        finally
        {
            foreach (var member in members) await member.DisposeAsync();
        }
    }

    // All are watched at once: where one fails, the others wait for a next generation.
    private static async Task CompletedAsync(HostedReplica[] members)
    {
        using var timeout = new CancellationTokenSource(Deadline);
        while (true)
        {
            var all = members.Select(member => member.Host.Progress(0)).ToList();
            if (all.Find(progress => progress.State == WorkerState.Failed) is { } failed) throw new InvalidOperationException(failed.Error);
            if (all.TrueForAll(progress => progress.State == WorkerState.Completed)) return;
            await Task.Delay(5, timeout.Token);
        }
    }

    /// <summary>Lets it go on from the step it was stopped at.</summary>
    public void Release() => _release.Set();

    /// <summary>Ends it at the step it was stopped at, as a crash would.</summary>
    public async Task EndAsync()
    {
        await Reached;
        var ending = Host.DisposeAsync();
        _release.Set();
        await ending;
    }

    public async ValueTask DisposeAsync()
    {
        _release.Set();
        await Host.DisposeAsync();
        _release.Dispose();
    }
}

using HealthGpt.Cluster.Abstractions.Training;
using HealthGpt.Cluster.Devices;
using Microsoft.Extensions.Logging;

namespace HealthGpt.Cluster.Training;

/// <summary>
/// A replica in its device's slot. It tells the trainer when its condition changes, and also when the trainer has been silent: the call activates the trainer
/// on a living silo if its own has died, long before the reminder would.
/// </summary>
internal sealed class ReplicaOccupant : IAsyncDisposable
{
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SilenceLimit = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan ReportTimeout = TimeSpan.FromSeconds(5);

    private readonly string _lease;
    private readonly ITrainerGrain _trainer;
    private readonly DeviceSlots _slots;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _news = new(0, 1);
    private readonly CancellationTokenSource _stop = new();
    private readonly IReplica _replica;
    private long _lastContact = Environment.TickCount64;
    private (WorkerCondition Condition, long Generation) _told = (WorkerCondition.Preparing, 0);

    public ReplicaOccupant(ITrainingEngine engine, WorkerStart start, string lease, string name, IGrainFactory grains, DeviceSlots slots, ILogger logger)
    {
        _lease = lease;
        _trainer = grains.GetGrain<ITrainerGrain>(start.Job);
        _slots = slots;
        _logger = logger;
        _replica = engine.StartReplica(start, name, Signal);
        _ = Task.Run(TellAsync);
    }

    public void Join(WorkerAssignment assignment) => _replica.Join(assignment);

    /// <summary>An answer to the trainer, which shows that it is there.</summary>
    public WorkerReport Answer(long afterStep)
    {
        Interlocked.Exchange(ref _lastContact, Environment.TickCount64);
        return _replica.Report(_lease, afterStep);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _replica.DisposeAsync();
    }

    private void Signal()
    {
        try
        {
            _news.Release();
        }
        catch (SemaphoreFullException)
        {
            // The loop has not looked yet; it will see this change too.
        }
    }

    private async Task TellAsync()
    {
        try
        {
            while (!_stop.IsCancellationRequested)
            {
                await _news.WaitAsync(Beat, _stop.Token);
                var report = _replica.Report(_lease, long.MaxValue);
                if (!HasNews(report)) continue;
                if (await TryTellAsync(report)) continue;

                // Not awaited: to free the slot means to end this occupant, and this loop with it.
                _slots.FreeAsync(_lease).Ignore();
                return;
            }
        }
        catch (OperationCanceledException)
        {
            // Freed.
        }
    }

    private bool HasNews(WorkerReport report) =>
        _told != (report.Condition, report.Generation) || Environment.TickCount64 - Interlocked.Read(ref _lastContact) > SilenceLimit.TotalMilliseconds;

    /// <returns>Whether the worker is still the job's, as far as one knows.</returns>
    private async Task<bool> TryTellAsync(WorkerReport report)
    {
        try
        {
            var keep = await _trainer.ReportAsync(report).WaitAsync(ReportTimeout, _stop.Token);
            _told = (report.Condition, report.Generation);
            return keep;
        }
        catch (Exception error) when (!_stop.IsCancellationRequested)
        {
            // The trainer's silo may just have died; the next beat finds it on another.
            _logger.LogDebug(error, "The trainer of lease {Lease} could not be reached.", _lease);
            return true;
        }
    }
}

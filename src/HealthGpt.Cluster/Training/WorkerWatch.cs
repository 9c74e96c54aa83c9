using HealthGpt.Cluster.Abstractions.Devices;
using HealthGpt.Cluster.Abstractions.Training;
using HealthGpt.Cluster.Devices;
using Microsoft.Extensions.Logging;

namespace HealthGpt.Cluster.Training;

/// <summary>The trainer's side of one worker: asks it, within a time of its own, and remembers what it last said.</summary>
internal sealed class WorkerWatch(DeviceLease lease, WorkerStart start, ITrainingWorkerGrain worker, TrainerOptions options, TimeProvider time, ILogger logger)
{
    private Task? _release;

    public DeviceLease Lease => lease;

    public WorkerView View { get; private set; } = new() { Lease = lease };

    public bool IsReleased => _release is { IsCompletedSuccessfully: true };

    public async Task PollAsync(long afterStep, ClusterDevices cluster, CancellationToken cancellationToken)
    {
        try
        {
            View = View with { SiloGone = await cluster.IsGoneAsync(lease.SiloAddress, cancellationToken).WaitAsync(options.PollTimeout, time, cancellationToken) };
            if (View.SiloGone) return;

            var report = await AskAsync(afterStep, cancellationToken).WaitAsync(options.PollTimeout, time, cancellationToken);
            View = View with { Report = report, Missed = 0, Problem = null };
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            // Polled every moment: one line for each silence.
            if (View.Missed == 0) logger.LogWarning(error, "The worker of {Lease} on silo '{Silo}' does not answer.", lease.Id, lease.SiloName);
            View = View with { Missed = View.Missed + 1, Problem = Reason(error) };
        }
    }

    public async Task JoinAsync(WorkerAssignment assignment, CancellationToken cancellationToken)
    {
        try
        {
            await worker.JoinAsync(assignment, cancellationToken).WaitAsync(options.PollTimeout, time, cancellationToken);
            View = View with { ToldAt = time.GetUtcNow() };
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            logger.LogWarning(error, "The worker of {Lease} on silo '{Silo}' could not be told to join generation {Generation}.", lease.Id, lease.SiloName, assignment.Generation);
            View = View with { ToldAt = null, Missed = View.Missed + 1, Problem = Reason(error) };
        }
    }

    /// <summary>Tells the worker to let go of the device, in the background; again if the last try failed.</summary>
    public void BeginRelease()
    {
        if (_release is { IsFaulted: false, IsCanceled: false }) return;

        _release = worker.ReleaseAsync(CancellationToken.None);
        _release.Ignore();
    }

    private async Task<WorkerReport> AskAsync(long afterStep, CancellationToken cancellationToken) =>
        await worker.GetReportAsync(afterStep, cancellationToken) ?? await worker.StartAsync(start, cancellationToken);

    /// <summary>One line: Orleans wraps whole stack traces into its messages.</summary>
    private static string Reason(Exception error)
    {
        if (error is TimeoutException) return "the time for an answer is over";

        var text = error.GetBaseException().Message;
        var end = text.AsSpan().IndexOfAny('\r', '\n');
        return (end < 0 ? text : text[..end]).TrimEnd('.', ' ');
    }
}

using System.Security.Cryptography;
using HealthGpt.Cluster.Abstractions.Devices;
using HealthGpt.Cluster.Abstractions.Training;
using HealthGpt.Cluster.Devices;
using Microsoft.Extensions.Logging;

namespace HealthGpt.Cluster.Training;

/// <summary>All workers of a job, as its trainer sees them.</summary>
internal sealed class WorkerCrew(string job, IGrainFactory grains, ClusterDevices cluster, TrainerOptions options, TimeProvider time, ILogger logger)
{
    private const int SecretBytes = 32;

    private readonly Dictionary<string, WorkerWatch> _watches = new(StringComparer.Ordinal);
    private readonly List<StepReport> _steps = [];
    private (long Generation, int Starts) _start;

    /// <summary>Every step committed so far, without gaps.</summary>
    public IReadOnlyList<StepReport> Steps => _steps;

    /// <summary>Whether the last round of polls brought steps.</summary>
    public bool HasNewSteps { get; private set; }

    /// <summary>The step after which the last round of polls found that steps are done again; null where it found nothing like that.</summary>
    public long? WentBackTo { get; private set; }

    public IReadOnlyList<WorkerView> Views(JobRecord record) => record.Leases.Select(lease => _watches[lease.Id].View).ToList();

    public void TakeSteps(IEnumerable<StepReport> steps)
    {
        foreach (var step in steps)
        {
            // An answer that was asked for before a fall back to a checkpoint may leave a gap.
            if (step.Step == _steps.Count + 1) _steps.Add(step);
        }
    }

    public async Task PollAsync(JobRecord record, CancellationToken cancellationToken)
    {
        Watch(record);
        var narrator = Furthest(record);
        var known = _steps.Count;
        await Task.WhenAll(record.Leases.Select(
            lease => _watches[lease.Id].PollAsync(narrator is null || lease.Id == narrator ? known : long.MaxValue, cluster, cancellationToken)));
        WentBackTo = null;
        if ((narrator ?? Furthest(record)) is { } teller && _watches[teller].View is { Answers: true, Report: { } report })
        {
            TakeStart(report);
            TakeSteps(report.Steps);
        }

        HasNewSteps = _steps.Count > known;
    }

    // Steps that are done again count as they are then: the last time a fault of a machine may have been in them.
    private void TakeStart(WorkerReport report)
    {
        if (report.Starts == 0 || (report.Generation, report.Starts).CompareTo(_start) <= 0) return;
        _start = (report.Generation, report.Starts);
        if (report.StepsAtStart >= _steps.Count) return;

        _steps.RemoveRange((int)report.StepsAtStart, (int)(_steps.Count - report.StepsAtStart));
        WentBackTo = report.StepsAtStart;
    }

    /// <summary>Tells every member its rank, with a secret that only this generation has.</summary>
    public async Task JoinAsync(JobRecord record, CancellationToken cancellationToken)
    {
        var members = record.Group.Select(lease => _watches[lease]).ToList();
        var endPoints = members.Select(member => member.View.Report!.EndPoint).ToArray();
        var secret = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(SecretBytes));
        await Task.WhenAll(members.Select((member, rank) => member.JoinAsync(
            new WorkerAssignment { Generation = record.Generation, Rank = rank, Members = endPoints, Secret = secret }, cancellationToken)));
    }

    /// <summary>Asks workers to let go of their devices, and says of which ones it is certain: they have done so, or their silo is gone.</summary>
    public async Task<IReadOnlyList<string>> ReleaseAsync(IEnumerable<DeviceLease> leases, JobSubmission submission, CancellationToken cancellationToken)
    {
        var free = new List<string>();
        foreach (var lease in leases)
        {
            var watch = WatchOf(lease, submission);
            if (!watch.IsReleased && !await cluster.IsGoneAsync(lease.SiloAddress, cancellationToken))
            {
                watch.BeginRelease();
                if (!watch.IsReleased) continue;
            }

            free.Add(lease.Id);
        }

        return free;
    }

    /// <summary>
    /// The worker that tells of the steps, so that the same ones do not come from each: of the group, or of all between groups, the one that is furthest. Null
    /// if none has answered yet: then all are asked.
    /// </summary>
    private string? Furthest(JobRecord record)
    {
        var leases = record.Group.Count > 0 ? record.Group : record.Leases.Select(lease => lease.Id);
        return leases.Where(lease => _watches[lease].View.Answers).MaxBy(lease => _watches[lease].View.Report!.CommittedSteps);
    }

    private void Watch(JobRecord record)
    {
        foreach (var lease in record.Leases) WatchOf(lease, record.Submission!);
    }

    private WorkerWatch WatchOf(DeviceLease lease, JobSubmission submission)
    {
        if (_watches.TryGetValue(lease.Id, out var watch)) return watch;

        var start = new WorkerStart { Job = job, Yaml = submission.Yaml, BaseFolder = submission.BaseFolder, Device = lease.Device };
        var worker = grains.GetGrain<ITrainingWorkerGrain>(LeaseKey.For(job, lease));
        return _watches[lease.Id] = new WorkerWatch(lease, start, worker, options, time, logger);
    }
}

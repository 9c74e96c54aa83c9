using HealthGpt.Cluster.Abstractions.Devices;

namespace HealthGpt.Cluster.Training;

/// <summary>A job's dealings with the device pool.</summary>
internal sealed class LeaseDesk(string job, IGrainFactory grains, TrainerOptions options, TimeProvider time)
{
    private static readonly TimeSpan EagerPeriod = TimeSpan.FromSeconds(1);

    private readonly string _owner = "job/" + job;
    private readonly IDevicePoolGrain _pool = grains.GetGrain<IDevicePoolGrain>(IDevicePoolGrain.Key);
    private DateTimeOffset _nextTry = DateTimeOffset.MinValue;

    /// <summary>The record with as many leases as the job may have, if the pool has them free.</summary>
    public async Task<JobRecord> FillAsync(JobRecord record, CancellationToken cancellationToken)
    {
        var outline = record.Outline!;
        var now = time.GetUtcNow();
        if (record.Leases.Count >= outline.MaxWorkers || now < _nextTry) return record;

        _nextTry = now + (record.Group.Count > 0 ? options.GrowthPeriod : EagerPeriod);

        // Leases that are not in the record were given to an activation that ended before it could write them down.
        var held = await _pool.GetLeasesAsync(_owner, cancellationToken).WaitAsync(options.StartDeadline, time, cancellationToken);
        var added = held.Where(lease => record.Leases.Concat(record.Retiring).All(known => known.Id != lease.Id)).ToList();
        var missing = outline.MaxWorkers - record.Leases.Count - added.Count;
        if (missing > 0)
        {
            // Where a worker has failed, the next would most likely fail too.
            var failed = record.Failures.Select(failure => failure.Lease).ToArray();
            added.AddRange(await _pool.LeaseAsync(_owner, outline.DeviceKind, missing, failed, cancellationToken));
        }

        return added.Count == 0 ? record : record with { Leases = record.Leases.Concat(added).ToArray() };
    }

    public Task ReleaseAsync(IReadOnlyList<string> leases, CancellationToken cancellationToken) =>
        leases.Count == 0 ? Task.CompletedTask : _pool.ReleaseAsync(leases, cancellationToken).WaitAsync(options.PollTimeout, time, cancellationToken);

    /// <summary>All leases that the job has in the pool's book, known to it or not.</summary>
    public async Task<IReadOnlyList<DeviceLease>> HeldAsync(CancellationToken cancellationToken) => await _pool.GetLeasesAsync(_owner, cancellationToken);
}

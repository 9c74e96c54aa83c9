using HealthGpt.Cluster.Abstractions.Devices;
using HealthGpt.Cluster.Abstractions.Training;
using HealthGpt.Cluster.Devices;
using Microsoft.Extensions.Logging;

namespace HealthGpt.Cluster.Training;

/// <summary>The way to the replica on this silo's device. It never waits for the device, so it answers at once whatever the replica does.</summary>
[LeasePlacement]
internal sealed class TrainingWorkerGrain(
    ITrainingEngine engine, DeviceSlots slots, SiloDevices silo, ILogger<TrainingWorkerGrain> logger) : Grain, ITrainingWorkerGrain
{
    private string Lease => LeaseKey.LeaseId(this.GetPrimaryKeyString());

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        DelayDeactivation(Timeout.InfiniteTimeSpan);
        return Task.CompletedTask;
    }

    public async Task<WorkerReport> StartAsync(WorkerStart start, CancellationToken cancellationToken = default)
    {
        var name = $"{start.Job} on {silo.SiloName} ({start.Device})";
        var occupant = await slots.OccupyAsync(start.Device, Lease, () => new ReplicaOccupant(engine, start, Lease, name, GrainFactory, slots, logger));
        return occupant.Answer(long.MaxValue);
    }

    public Task JoinAsync(WorkerAssignment assignment, CancellationToken cancellationToken = default)
    {
        var occupant = slots.Find<ReplicaOccupant>(Lease)
            ?? throw new InvalidOperationException($"The worker of {Lease} on silo '{silo.SiloName}' cannot join {assignment}; it has no replica; start it first.");
        occupant.Join(assignment);
        return Task.CompletedTask;
    }

    public Task<WorkerReport?> GetReportAsync(long afterStep, CancellationToken cancellationToken = default) =>
        Task.FromResult(slots.Find<ReplicaOccupant>(Lease)?.Answer(afterStep));

    public async Task ReleaseAsync(CancellationToken cancellationToken = default)
    {
        await slots.FreeAsync(Lease);
        DeactivateOnIdle();
    }
}

using HealthGpt.Cluster.Abstractions.Devices;
using HealthGpt.Cluster.Abstractions.Serving;
using HealthGpt.Cluster.Devices;
using Microsoft.Extensions.Logging;

namespace HealthGpt.Cluster.Serving;

/// <summary>The way to the engine on this silo's device.</summary>
[LeasePlacement]
internal sealed class InferenceGrain(
    IServingEngines engines, DeviceSlots slots, SiloDevices silo, ILogger<InferenceGrain> logger) : Grain, IInferenceGrain
{
    private string Lease => LeaseKey.LeaseId(this.GetPrimaryKeyString());

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        DelayDeactivation(Timeout.InfiniteTimeSpan);
        return Task.CompletedTask;
    }

    public async Task<EngineReport> StartAsync(EngineStart start, CancellationToken cancellationToken = default)
    {
        var occupant = await slots.OccupyAsync(start.Device, Lease, () => new EngineOccupant(engines, start.ModelFolder, logger));
        return occupant.Report();
    }

    public Task<EngineReport> GetReportAsync(CancellationToken cancellationToken = default) =>
        Task.FromResult(slots.Find<EngineOccupant>(Lease)?.Report() ?? new EngineReport());

    public IAsyncEnumerable<InferenceChunk> InferAsync(InferenceRequest request, CancellationToken cancellationToken = default)
    {
        var occupant = slots.Find<EngineOccupant>(Lease)
            ?? throw new ServingUnavailableException($"Silo '{silo.SiloName}' no longer serves with {Lease}; its replica was released; send the request again.");
        return occupant.InferAsync(request, cancellationToken);
    }

    public async Task ReleaseAsync(CancellationToken cancellationToken = default)
    {
        await slots.FreeAsync(Lease);
        DeactivateOnIdle();
    }
}

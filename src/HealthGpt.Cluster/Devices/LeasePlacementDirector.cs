using HealthGpt.Cluster.Abstractions.Devices;
using Orleans.Runtime;
using Orleans.Runtime.Placement;

namespace HealthGpt.Cluster.Devices;

internal sealed class LeasePlacementDirector : IPlacementDirector
{
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        var key = target.GrainIdentity.Key.ToString() ?? "";
        var wanted = LeaseKey.SiloAddress(key);
        foreach (var silo in context.GetCompatibleSilos(target))
        {
            if (silo.ToParsableString() == wanted) return Task.FromResult(silo);
        }

        throw new LeaseEndedException(key, wanted);
    }
}

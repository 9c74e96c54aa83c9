using HealthGpt.Cluster.Devices;
using HealthGpt.Cluster.Serving;
using HealthGpt.Cluster.Training;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Configuration;
using Orleans.Runtime;
using Orleans.Runtime.Hosting;
using Orleans.Runtime.MembershipService.SiloMetadata;

namespace HealthGpt.Cluster.Hosting;

/// <summary>Makes an Orleans silo one of HealthGPT's.</summary>
public static class HealthGptSiloHosting
{
    /// <summary>
    /// Adds the grains' needs: device registration, placement by lease, the engines, and how fast a dead silo is seen. The host brings clustering, reminders and
    /// a grain storage named <see cref="HealthGptStorage.Name"/>.
    /// </summary>
    /// <exception cref="ArgumentException">The devices are not well described; every problem is listed.</exception>
    public static ISiloBuilder AddHealthGpt(this ISiloBuilder builder, SiloDevices devices)
    {
        if (devices.Problems() is { Count: > 0 } problems) throw new ArgumentException(string.Join(Environment.NewLine, problems), nameof(devices));

        builder.UseSiloMetadata(DeviceMetadata.Write(devices));
        builder.AddPlacementDirector<LeasePlacement, LeasePlacementDirector>();
        builder.Configure<SiloOptions>(options => options.SiloName = devices.SiloName);
        builder.Configure<ClusterMembershipOptions>(MembershipTimes.Apply);
        builder.Services.AddSingleton(devices);
        builder.Services.AddSingleton<ClusterDevices>();
        builder.Services.AddSingleton<DeviceSlots>();
        builder.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(services => services.GetRequiredService<DeviceSlots>());
        builder.Services.TryAddSingleton<ITrainingEngine, ReplicaEngine>();
        builder.Services.TryAddSingleton<IServingEngines, InferenceEngines>();
        return builder;
    }
}

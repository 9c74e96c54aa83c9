using System.Net;
using HealthGpt.Collectives;
using HealthGpt.Storage.Locations;

namespace HealthGpt.Training.Replicas;

/// <summary>What a replica takes from the machine it runs on, not from the job.</summary>
public sealed record ReplicaOptions
{
    /// <summary>Folder of what the frozen parts compute; processes share it.</summary>
    public required string CacheFolder { get; init; }

    /// <summary>Address on which peers reach it.</summary>
    public IPAddress ListenAddress { get; init; } = IPAddress.Loopback;

    /// <summary>Which of the machine's devices of the job's kind it computes on, from 0; counted round where there are fewer. The CPU is one device.</summary>
    public int DeviceIndex { get; init; }

    /// <summary>Name in messages.</summary>
    public required string Name { get; init; }

    /// <summary>The host peers are told, needed when listening on every address.</summary>
    public string? AdvertisedHost { get; init; }

    /// <summary>How long all members of a group may take to come.</summary>
    public TimeSpan FormTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often members show each other that they live.</summary>
    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromMilliseconds(300);

    /// <summary>How checkpoints in Azure Blob Storage are reached.</summary>
    public StorageAccess Storage { get; init; } = StorageAccess.FromEnvironment;

    /// <summary>Bytes of computed features kept in memory.</summary>
    public long CacheMemoryBytes { get; init; } = 96L << 20;

    /// <summary>Bytes of computed features kept in the cache folder, over all models and processes that share it.</summary>
    public long CacheDiskBytes { get; init; } = 16L << 30;

    /// <summary>Threads that read, decode and prepare what the next steps need; 0 to do it when it is needed. The result does not depend on it.</summary>
    public int DataThreads { get; init; } = 2;

    /// <summary>Hears of the moments of each step, by the number of steps committed before it, for tests that end a group at one.</summary>
    internal Action<StepMoment, long, ProcessGroup>? Probe { get; init; }

    /// <summary>Bytes that are prepared ahead.</summary>
    public long DataBytes { get; init; } = 256L << 20;
}

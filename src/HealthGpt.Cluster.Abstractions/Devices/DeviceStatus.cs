namespace HealthGpt.Cluster.Abstractions.Devices;

/// <summary>A device of a living silo.</summary>
[GenerateSerializer, Immutable]
public sealed record DeviceStatus
{
    /// <summary>The silo's name.</summary>
    [Id(0)]
    public required string SiloName { get; init; }

    /// <summary>Address and generation of the silo, in parsable form.</summary>
    [Id(1)]
    public required string SiloAddress { get; init; }

    /// <summary>The device, such as <c>cpu:0</c>.</summary>
    [Id(2)]
    public required string Device { get; init; }

    /// <summary>Who has it, or null if it is free.</summary>
    [Id(3)]
    public DeviceLease? Lease { get; init; }
}

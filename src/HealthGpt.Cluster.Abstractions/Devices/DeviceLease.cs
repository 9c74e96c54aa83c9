namespace HealthGpt.Cluster.Abstractions.Devices;

/// <summary>The right to use one device of one incarnation of a silo. It ends when it is given back or when that incarnation ends.</summary>
[GenerateSerializer, Immutable]
public sealed record DeviceLease
{
    /// <summary>Never given twice.</summary>
    [Id(0)]
    public required string Id { get; init; }

    /// <summary>Address and generation of the silo, in parsable form.</summary>
    [Id(1)]
    public required string SiloAddress { get; init; }

    /// <summary>The silo's name.</summary>
    [Id(2)]
    public required string SiloName { get; init; }

    /// <summary>The device, such as <c>cpu:0</c>.</summary>
    [Id(3)]
    public required string Device { get; init; }

    /// <summary>Who holds it, such as <c>job/brain-t1</c>.</summary>
    [Id(4)]
    public required string Owner { get; init; }
}

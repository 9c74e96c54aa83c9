namespace HealthGpt.Soak.Weights;

/// <summary>A member of an archive, as its headers describe it.</summary>
internal sealed record ZipMember(string Name, byte[] Bytes)
{
    /// <summary>0 is stored, 8 deflated.</summary>
    public ushort Method { get; init; }

    /// <summary>Bit 0 is encrypted.</summary>
    public ushort Flags { get; init; }

    /// <summary>What the directory claims; the true size by default.</summary>
    public uint? ClaimedSize { get; init; }

    /// <summary>Where the directory places it; its true place by default.</summary>
    public uint? Place { get; init; }

    /// <summary>Whether the directory gives size and place in a zip64 field.</summary>
    public bool Zip64 { get; init; }
}

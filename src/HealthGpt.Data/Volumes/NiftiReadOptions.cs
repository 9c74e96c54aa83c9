namespace HealthGpt.Data.Volumes;

/// <summary>What to read of a NIfTI file.</summary>
public sealed record NiftiReadOptions
{
    /// <summary>Which frame of a series, from 0.</summary>
    public int Frame { get; init; }

    /// <summary>The most voxels of a frame that are read, so that a few bytes cannot ask for all memory; 4 bytes each. 512 x 512 x 1024 by default.</summary>
    public int MaximumVoxels { get; init; } = 1 << 28;
}

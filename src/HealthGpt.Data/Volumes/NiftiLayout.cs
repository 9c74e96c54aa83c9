namespace HealthGpt.Data.Volumes;

/// <summary>Where the fields of a header lie (nifti1.h and nifti2.h of the NIfTI data format working group).</summary>
internal sealed record NiftiLayout
{
    public static readonly NiftiLayout Version1 = new()
    {
        Version = 1,
        Length = 348,
        Magic = 344,
        Dimensions = 40,
        DataType = 70,
        BitsPerVoxel = 72,
        VoxelSizes = 76,
        VoxelOffset = 108,
        Slope = 112,
        Intercept = 116,
        QformCode = 252,
        SformCode = 254,
        Quaternion = 256,
        Rows = 280,
    };

    public static readonly NiftiLayout Version2 = new()
    {
        Version = 2,
        Length = 540,
        Magic = 4,
        Dimensions = 16,
        DataType = 12,
        BitsPerVoxel = 14,
        VoxelSizes = 104,
        VoxelOffset = 168,
        Slope = 176,
        Intercept = 184,
        QformCode = 344,
        SformCode = 348,
        Quaternion = 352,
        Rows = 400,
    };

    /// <summary>1 (16-bit extents, 32-bit reals) or 2 (64-bit both).</summary>
    public required int Version { get; init; }

    /// <summary>Bytes of the header, which is also its first field.</summary>
    public required int Length { get; init; }

    public required int Magic { get; init; }

    public required int Dimensions { get; init; }

    public required int DataType { get; init; }

    public required int BitsPerVoxel { get; init; }

    public required int VoxelSizes { get; init; }

    public required int VoxelOffset { get; init; }

    public required int Slope { get; init; }

    public required int Intercept { get; init; }

    public required int QformCode { get; init; }

    public required int SformCode { get; init; }

    public required int Quaternion { get; init; }

    public required int Rows { get; init; }
}

namespace HealthGpt.Data.Volumes;

/// <summary>How one voxel is stored.</summary>
internal readonly record struct NiftiType(short Code, int Bytes)
{
    public const string Known = "uint8 (2), int16 (4), int32 (8), float32 (16), float64 (64), int8 (256), uint16 (512), uint32 (768), int64 (1024), uint64 (1280) and float128 (1536)";

    public static NiftiType? Of(short code) => code switch
    {
        2 or 256 => new NiftiType(code, 1),
        4 or 512 => new NiftiType(code, 2),
        8 or 16 or 768 => new NiftiType(code, 4),
        64 or 1024 or 1280 => new NiftiType(code, 8),
        1536 => new NiftiType(code, 16),
        _ => null,
    };

    /// <summary>What the standard calls a type that is not read.</summary>
    public static string NameOf(short code) => code switch
    {
        1 => "1 (bits)",
        32 => "32 (complex64)",
        128 => "128 (RGB colours)",
        1792 => "1792 (complex128)",
        2048 => "2048 (complex256)",
        2304 => "2304 (RGBA colours)",
        _ => $"{code}",
    };
}

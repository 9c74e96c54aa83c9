namespace HealthGpt.Data.Conversion;

/// <summary>What to make pictures of, and how.</summary>
public sealed record SeriesConversionOptions
{
    /// <summary>A folder with a DICOM series, or of NIfTI files or pictures, a DICOM file, a PNG or JPEG, a zip archive of DICOM files, a NIfTI file, or the address of a series on a DICOMweb server.</summary>
    public required string Source { get; init; }

    /// <summary>Which series of several, from 1 in the order of their files; null where there is one.</summary>
    public int? Series { get; init; }

    /// <summary>The folder to make. It must not be there, be empty, or be what an earlier conversion made, which is then replaced.</summary>
    public required string OutputFolder { get; init; }

    /// <summary>Which slices to take and how large they become.</summary>
    public SliceSelection Slices { get; init; } = new();

    /// <summary>Which values are seen.</summary>
    public WindowChoice Window { get; init; } = WindowChoice.Automatic;

    /// <summary>What the samples ask.</summary>
    public ConversionTask Task { get; init; } = ConversionTask.Reconstruction;

    /// <summary>The most bytes of an archive once unpacked, and of a server's answer; 2 GB by default, which is also the most there can be.</summary>
    public long MaximumBytes { get; init; } = 2_000_000_000;

    /// <summary>How long a server may take to send a series; 300 seconds by default.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(300);
}

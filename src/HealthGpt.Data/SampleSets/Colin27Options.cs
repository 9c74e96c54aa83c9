namespace HealthGpt.Data.SampleSets;

/// <summary>Where the Colin27 volumes are and where the sample set goes.</summary>
public sealed record Colin27Options
{
    /// <summary>The folder of ch2.nii.gz, ch2bet.nii.gz, aal.nii.gz and aal.nii.txt, as Debian's mricron-data installs them.</summary>
    public string VolumesFolder { get; init; } = "/usr/share/mricron/templates";

    /// <summary>The folder to make. It must not be there, be empty, or be an earlier sample set, which is then replaced.</summary>
    public required string OutputFolder { get; init; }

    /// <summary>Millimetres between neighbouring training slices of one plane; at least 1.</summary>
    public int TrainSpacing { get; init; } = 2;

    /// <summary>Millimetres between neighbouring validation slices inside a held-out slab; at least 1.</summary>
    public int ValidationSpacing { get; init; } = 2;
}

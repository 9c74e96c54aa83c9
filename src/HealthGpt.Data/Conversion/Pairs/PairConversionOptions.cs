namespace HealthGpt.Data.Conversion.Pairs;

/// <summary>What to make pairs of pictures of, and how.</summary>
public sealed record PairConversionOptions
{
    /// <summary>How the source is laid out.</summary>
    public required PairForm Form { get; init; }

    /// <summary>The folder that the volumes lie in.</summary>
    public required string Source { get; init; }

    /// <summary>The folder to make. It must not be there, be empty, or be what an earlier conversion made, which is then replaced.</summary>
    public required string OutputFolder { get; init; }

    /// <summary>One of the form's tasks.</summary>
    public required string Task { get; init; }

    /// <summary>What is asked; null for the form's own question.</summary>
    public string? Question { get; init; }

    /// <summary>Which slices to take and how large they become.</summary>
    public SliceSelection Slices { get; init; } = new();

    /// <summary>Which values of a CT are seen, soft tissue by default; an MRI is always seen between its percentiles.</summary>
    public WindowChoice Window { get; init; } = WindowChoice.Automatic;

    /// <summary>How many times coarser the low resolution of super-resolution is, along each side.</summary>
    public int Factor { get; init; } = 4;

    /// <summary>
    /// The share of patients that is held out, 0 to below 1, rounded but at least one patient if above 0; null for a tenth of two or more patients.
    /// </summary>
    public double? Validation { get; init; }

    /// <summary>Decides which patients are held out.</summary>
    public ulong Seed { get; init; } = 1;
}

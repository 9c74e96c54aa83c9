namespace HealthGpt.Data.Conversion.Imports;

/// <summary>What published dataset to import, and how.</summary>
public sealed record ImportOptions
{
    /// <summary>The form that it is published in.</summary>
    public required ImportForm Form { get; init; }

    /// <summary>The folder that it was unpacked into; of VL-Health also one of its files.</summary>
    public required string Source { get; init; }

    /// <summary>The folder to make. It must not be there or be empty.</summary>
    public required string OutputFolder { get; init; }

    /// <summary>The folder that pictures are relative to; null for the form's own. Forms that hold their pictures take none.</summary>
    public string? Images { get; init; }

    /// <summary>Which questions of SLAKE to take: en, zh or all.</summary>
    public string Language { get; init; } = SlakeForm.English;

    /// <summary>The task of the samples; null for vqa, and for VL-Health for tasks named after its files.</summary>
    public string? Task { get; init; }

    /// <summary>Whether bad samples are left out; otherwise one is enough that nothing is made.</summary>
    public bool SkipBad { get; init; }
}

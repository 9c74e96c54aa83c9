namespace HealthGpt.Data.Samples;

/// <summary>A file of samples as dataset.yaml names it.</summary>
internal sealed record DatasetSource
{
    /// <summary>Absolute path of the JSON lines or the JSON list.</summary>
    public required string SamplesPath { get; init; }

    /// <summary>Absolute path of the folder, or the address in Azure Blob Storage, that pictures are relative to and may not leave.</summary>
    public required string Root { get; init; }

    public required TaskDefinition Task { get; init; }

    public required double Weight { get; init; }

    /// <summary>A split's name, or the name of the field that holds one.</summary>
    public required string Split { get; init; }

    /// <summary>The split of samples that lack the field; null if they must have it.</summary>
    public string? SplitWithoutField { get; init; }
}

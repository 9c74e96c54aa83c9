namespace HealthGpt.Data.Conversion.Imports;

/// <summary>What a form has found in its folder.</summary>
/// <param name="Files">The files, in the order of the samples.</param>
/// <param name="Images">The folder that pictures are relative to; null where the files hold them.</param>
internal sealed record PublishedFiles(IReadOnlyList<PublishedFile> Files, string? Images)
{
    /// <summary>Files that look like samples' and have none.</summary>
    public IReadOnlyList<string> PassedOver { get; init; } = [];
}

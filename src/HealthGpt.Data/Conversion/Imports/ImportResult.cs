namespace HealthGpt.Data.Conversion.Imports;

/// <summary>What an import has made.</summary>
/// <param name="Folder">The dataset's folder; null if bad samples kept it from being made.</param>
/// <param name="Train">Samples to train on.</param>
/// <param name="Validation">Samples of the validation split.</param>
/// <param name="Test">Samples of the test split.</param>
/// <param name="Closed">Samples that are marked as closed questions.</param>
/// <param name="Bad">Samples that cannot be used.</param>
/// <param name="OtherLanguage">Samples in languages that were not asked for.</param>
/// <param name="Pictures">Pictures written into the folder; of most forms none, because they stay where they are.</param>
public sealed record ImportResult(string? Folder, long Train, long Validation, long Test, long Closed, long Bad, long OtherLanguage, long Pictures)
{
    /// <summary>Files of the source that look like samples' but have none and were passed over.</summary>
    public IReadOnlyList<string> PassedOver { get; init; } = [];
}

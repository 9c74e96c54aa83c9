namespace HealthGpt.Data.Conversion;

/// <summary>What a conversion has made.</summary>
/// <param name="Folder">The dataset's folder.</param>
/// <param name="Pictures">How many PNG files it holds.</param>
/// <param name="Train">Samples to train on.</param>
/// <param name="Validation">Samples that are held out.</param>
/// <param name="NotANumber">Voxels of the pictures that are no number and are shown black.</param>
public sealed record ConversionResult(string Folder, int Pictures, int Train, int Validation, long NotANumber)
{
    /// <summary>How many patients the samples are of; null where it was not told.</summary>
    public int? Patients { get; init; }

    /// <summary>Files of the source that are nothing to convert; null for none.</summary>
    public int? PassedOver { get; init; }
}

namespace HealthGpt.Data.Samples;

/// <summary>
/// What a sample is called where file names have no place: in logs, events and the state of a job. File names may tell who a patient is.
/// </summary>
/// <param name="Dataset">The dataset's name.</param>
/// <param name="Number">The sample's number in <see cref="Dataset.Samples"/>, from 1.</param>
/// <param name="Sha256">SHA-256 of the sample as it stands in its file, in lower-case hexadecimal; empty if it cannot be read.</param>
public sealed record SampleName(string Dataset, int Number, string Sha256)
{
    private const int ShownDigits = 12;

    /// <summary>The name as a phrase, with the first digits of the hash.</summary>
    public override string ToString() =>
        Sha256.Length == 0 ? $"sample {Number} of dataset '{Dataset}'" : $"sample {Number} of dataset '{Dataset}' (SHA-256 {Sha256[..Math.Min(ShownDigits, Sha256.Length)]})";
}

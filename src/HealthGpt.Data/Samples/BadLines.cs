namespace HealthGpt.Data.Samples;

/// <summary>What opening a dataset does with samples that cannot be used: lines that are none, and lines whose pictures are missing or outside the root.</summary>
public enum BadLines
{
    /// <summary>The dataset is refused, and all of them are named.</summary>
    Refused,

    /// <summary>
    /// They count as samples, so that the numbers of the others are what they are in the file; only reading one is refused, as long as it is bad. One whose split cannot be read is
    /// for training.
    /// </summary>
    Kept,
}

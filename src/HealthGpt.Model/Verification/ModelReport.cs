namespace HealthGpt.Model.Verification;

/// <summary>What was found in a model folder or in a published one.</summary>
/// <param name="Folder">The folder.</param>
/// <param name="Parts">Its parts.</param>
/// <param name="Faults">Everything that is wrong, the parts' faults among it.</param>
public sealed record ModelReport(string Folder, IReadOnlyList<PartReport> Parts, IReadOnlyList<WeightFault> Faults)
{
    /// <summary>Whether nothing is wrong.</summary>
    public bool IsSound => Faults.Count == 0;

    /// <summary>Length of all files.</summary>
    public long Bytes => Parts.Sum(part => part.Bytes);
}

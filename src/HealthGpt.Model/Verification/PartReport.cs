namespace HealthGpt.Model.Verification;

/// <summary>What was found in one part of a model.</summary>
/// <param name="Name">What the manifest calls the part.</param>
/// <param name="Path">Its file or folder.</param>
/// <param name="Sha256">Its hash as manifests give it; null where none was asked for or it could not be read.</param>
/// <param name="Files">Its files.</param>
/// <param name="Tensors">Tensors of its weight files.</param>
/// <param name="Bytes">Length of its files.</param>
/// <param name="Faults">Everything that is wrong with it.</param>
public sealed record PartReport(string Name, string Path, string? Sha256, int Files, int Tensors, long Bytes, IReadOnlyList<WeightFault> Faults);

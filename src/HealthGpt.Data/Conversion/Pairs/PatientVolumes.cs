namespace HealthGpt.Data.Conversion.Pairs;

/// <summary>The files of one patient, by what they are, such as ct or t1.</summary>
/// <param name="Number">Takes the place of the patient's name, from 1.</param>
/// <param name="Files">The paths.</param>
internal sealed record PatientVolumes(int Number, IReadOnlyDictionary<string, string> Files);

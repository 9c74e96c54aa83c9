namespace HealthGpt.Cluster.Training;

/// <summary>Which activation a trainer is, and the name of the silo it lives on.</summary>
internal sealed record TrainerIdentity(string Activation, string Silo);

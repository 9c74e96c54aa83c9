namespace HealthGpt.Cluster.FolderCluster;

/// <summary>A silo's vote that another is dead, in the membership file.</summary>
internal sealed record SuspectVote(string Silo, DateTime At);

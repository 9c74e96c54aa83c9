namespace HealthGpt.Cluster.FolderCluster;

/// <summary>The content of the reminder file.</summary>
internal sealed record ReminderDocument(IReadOnlyList<ReminderRow> Rows)
{
    /// <summary>A table without reminders.</summary>
    public static ReminderDocument Empty { get; } = new([]);
}

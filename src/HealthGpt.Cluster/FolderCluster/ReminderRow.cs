namespace HealthGpt.Cluster.FolderCluster;

/// <summary>One reminder in the reminder file.</summary>
internal sealed record ReminderRow(string Grain, string Name, string ETag, DateTime StartAt, TimeSpan Period)
{
    /// <summary>The row for <paramref name="entry"/>.</summary>
    public static ReminderRow From(ReminderEntry entry, string etag) => new(entry.GrainId.ToString(), entry.ReminderName, etag, entry.StartAt, entry.Period);

    /// <summary>The entry as Orleans reads it.</summary>
    public ReminderEntry ToEntry() => new()
    {
        GrainId = GrainId.Parse(Grain),
        ReminderName = Name,
        ETag = ETag,
        StartAt = StartAt,
        Period = Period,
    };

    /// <summary>Whether the row is the reminder <paramref name="name"/> of <paramref name="grain"/>.</summary>
    public bool Is(GrainId grain, string name) => Name == name && Grain == grain.ToString();
}

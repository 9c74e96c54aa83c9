namespace HealthGpt.Cluster.FolderCluster;

/// <summary>The content of the membership file. Its ETag, which is that of the table version, stands in the file's header.</summary>
internal sealed record MembershipDocument(int Version, IReadOnlyList<MembershipRow> Rows)
{
    /// <summary>A table without silos.</summary>
    public static MembershipDocument Empty { get; } = new(0, []);

    /// <summary>The row of <paramref name="silo"/>, or null.</summary>
    public MembershipRow? Find(SiloAddress silo)
    {
        string key = silo.ToParsableString();
        return Rows.FirstOrDefault(r => r.Silo == key);
    }

    /// <summary>The table with <paramref name="row"/> in place of the silo's former one.</summary>
    public MembershipDocument With(MembershipRow row, int version) =>
        new(version, [.. Rows.Where(r => r.Silo != row.Silo), row]);
}

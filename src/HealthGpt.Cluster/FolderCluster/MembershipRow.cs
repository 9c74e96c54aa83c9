namespace HealthGpt.Cluster.FolderCluster;

/// <summary>One silo in the membership file.</summary>
internal sealed record MembershipRow(
    string Silo,
    string ETag,
    SiloStatus Status,
    string? SiloName,
    string? HostName,
    int ProxyPort,
    string? RoleName,
    int UpdateZone,
    int FaultZone,
    DateTime StartTime,
    DateTime IAmAliveTime,
    IReadOnlyList<SuspectVote>? Suspects)
{
    /// <summary>The row for <paramref name="entry"/>.</summary>
    public static MembershipRow From(MembershipEntry entry, string etag) => new(
        entry.SiloAddress.ToParsableString(),
        etag,
        entry.Status,
        entry.SiloName,
        entry.HostName,
        entry.ProxyPort,
        entry.RoleName,
        entry.UpdateZone,
        entry.FaultZone,
        entry.StartTime,
        entry.IAmAliveTime,
        entry.SuspectTimes?.Select(v => new SuspectVote(v.Item1.ToParsableString(), v.Item2)).ToList());

    /// <summary>The entry and its ETag, as Orleans reads them; <paramref name="alive"/> is the silo's own sign of life.</summary>
    public Tuple<MembershipEntry, string> ToMember(DateTime? alive) => Tuple.Create(
        new MembershipEntry
        {
            SiloAddress = SiloAddress.FromParsableString(Silo),
            Status = Status,
            SiloName = SiloName!,
            HostName = HostName!,
            ProxyPort = ProxyPort,
            RoleName = RoleName,
            UpdateZone = UpdateZone,
            FaultZone = FaultZone,
            StartTime = StartTime,
            IAmAliveTime = alive > IAmAliveTime ? alive.Value : IAmAliveTime,
            SuspectTimes = Suspects?.Select(v => Tuple.Create(SiloAddress.FromParsableString(v.Silo), v.At)).ToList(),
        },
        ETag);

    /// <summary>When the row last changed: the silo's start, its last sign of life or the last vote against it.</summary>
    public DateTime LastChange(DateTime? alive)
    {
        DateTime last = StartTime > IAmAliveTime ? StartTime : IAmAliveTime;
        if (alive > last)
            last = alive.Value;
        return Suspects?.Select(v => v.At).Append(last).Max() ?? last;
    }
}

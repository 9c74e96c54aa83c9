using System.Net;
using HealthGpt.Cluster.FolderCluster;
using Orleans.Runtime;

namespace HealthGpt.Cluster.Tests.FolderCluster;

/// <summary>Made-up silos and tables for the membership tests.</summary>
internal static class Silos
{
    public static readonly DateTime Start = new(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc);

    public static FolderMembershipTable Table(string folder) => new(new ClusterFolder(folder, "cluster", "service"));

    public static async Task<FolderMembershipTable> OpenAsync(string folder, CancellationToken ct)
    {
        FolderMembershipTable table = Table(folder);
        await table.InitializeMembershipTableAsync(tryInitTableVersion: true, ct);
        return table;
    }

    public static SiloAddress Address(int number) => SiloAddress.New(new IPEndPoint(IPAddress.Loopback, 11_000 + number), 1);

    public static MembershipEntry Entry(int number, SiloStatus status = SiloStatus.Active) => new()
    {
        SiloAddress = Address(number),
        SiloName = $"silo-{number}",
        HostName = "localhost",
        ProxyPort = 30_000 + number,
        Status = status,
        RoleName = "role",
        UpdateZone = 1,
        FaultZone = 2,
        StartTime = Start,
        IAmAliveTime = Start,
        SuspectTimes = [Tuple.Create(Address(number + 1), Start.AddSeconds(1))],
    };

    /// <summary>Everything of an entry as text, so that two can be compared.</summary>
    public static string Describe(MembershipEntry entry) => $"{entry.ToFullString()} {entry.StartTime:O} {entry.IAmAliveTime:O} {entry.IAmAliveTime.Kind}";
}

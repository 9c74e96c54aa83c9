using System.Globalization;
using HealthGpt.Cluster.FolderCluster;
using Orleans.Runtime;
using Xunit;

namespace HealthGpt.Cluster.Tests.FolderCluster;

/// <summary>The table against a model in memory under random operations, and under writers that race.</summary>
public sealed class MembershipModelTests(ITestOutputHelper output) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(20260101)]
    [InlineData(20260102)]
    public async Task RandomOperations_OnTwoInstances_AgreeWithTheModel(int seed)
    {
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"seed {seed}"));
        var random = new Random(seed);
        FolderMembershipTable[] tables = [await Silos.OpenAsync(_folder.Path, Token), await Silos.OpenAsync(_folder.Path, Token)];
        var model = new Dictionary<SiloAddress, MembershipEntry>();
        int version = 0;
        MembershipTableData stale = await tables[0].ReadAllAsync(Token);

        for (int i = 0; i < 120; i++)
        {
            FolderMembershipTable table = tables[random.Next(2)];
            MembershipTableData now = await table.ReadAllAsync(Token);
            bool useStale = random.Next(4) == 0;
            MembershipTableData used = useStale ? stale : now;
            bool tableCurrent = used.Version == now.Version;
            MembershipEntry entry = Silos.Entry(random.Next(5), (SiloStatus)random.Next(1, 7));
            model.TryGetValue(entry.SiloAddress, out MembershipEntry? known);

            switch (random.Next(3))
            {
                case 0:
                    bool inserts = tableCurrent && known is null;
                    Assert.Equal(inserts, await table.InsertRowAsync(entry, used.Version.Next(), Token));
                    version += inserts ? 1 : 0;
                    if (inserts)
                        model[entry.SiloAddress] = entry;
                    break;
                case 1:
                    string tag = used.TryGet(entry.SiloAddress)?.Item2 ?? "1-none";
                    bool updates = tableCurrent && known is not null;
                    Assert.Equal(updates, await table.UpdateRowAsync(entry, tag, used.Version.Next(), Token));
                    version += updates ? 1 : 0;
                    if (updates)
                    {
                        entry.IAmAliveTime = known!.IAmAliveTime;
                        model[entry.SiloAddress] = entry;
                    }

                    break;
                default:
                    entry.IAmAliveTime = Silos.Start.AddSeconds(i);
                    await table.UpdateIAmAliveAsync(entry, Token);
                    if (known is not null)
                        known.IAmAliveTime = entry.IAmAliveTime;
                    break;
            }

            if (random.Next(5) == 0)
                stale = now;
            await AssertAgree(tables[random.Next(2)], model, version);
        }
    }

    [Fact]
    public async Task RacingWriters_EachVersionIsWonByExactlyOne()
    {
        const int Writers = 4;
        const int WinsEach = 10;
        await Silos.OpenAsync(_folder.Path, Token);

        await Task.WhenAll(Enumerable.Range(0, Writers).Select(n => Task.Run(
            async () =>
            {
                FolderMembershipTable table = Silos.Table(_folder.Path);
                for (int wins = 0; wins < WinsEach;)
                {
                    MembershipTableData data = await table.ReadAllAsync(Token);
                    bool won = data.TryGet(Silos.Address(n)) is { } row
                        ? await table.UpdateRowAsync(row.Item1, row.Item2, data.Version.Next(), Token)
                        : await table.InsertRowAsync(Silos.Entry(n), data.Version.Next(), Token);
                    wins += won ? 1 : 0;
                }
            },
            Token)));

        MembershipTableData end = await Silos.Table(_folder.Path).ReadAllAsync(Token);
        Assert.Equal(Writers * WinsEach, end.Version.Version);
        Assert.Equal(Writers, end.Members.Count);
    }

    public void Dispose() => _folder.Dispose();

    private static async Task AssertAgree(FolderMembershipTable table, Dictionary<SiloAddress, MembershipEntry> model, int version)
    {
        MembershipTableData data = await table.ReadAllAsync(Token);
        Assert.Equal(version, data.Version.Version);
        Assert.Equal(
            model.Values.Select(Silos.Describe).Order(StringComparer.Ordinal),
            data.Members.Select(m => Silos.Describe(m.Item1)).Order(StringComparer.Ordinal));
    }
}

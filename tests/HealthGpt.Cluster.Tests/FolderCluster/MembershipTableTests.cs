using HealthGpt.Cluster.FolderCluster;
using Orleans.Runtime;
using Xunit;

namespace HealthGpt.Cluster.Tests.FolderCluster;

public sealed class MembershipTableTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task InsertRow_ThenReadByAnotherInstance_GivesEveryField()
    {
        FolderMembershipTable table = await Silos.OpenAsync(_folder.Path, Token);
        MembershipEntry entry = Silos.Entry(1);
        MembershipTableData before = await table.ReadAllAsync(Token);
        Assert.True(await table.InsertRowAsync(entry, before.Version.Next(), Token));

        MembershipTableData after = await Silos.Table(_folder.Path).ReadAllAsync(Token);

        Assert.Equal(Silos.Describe(entry), Silos.Describe(Assert.Single(after.Members).Item1));
        Assert.Equal(before.Version.Version + 1, after.Version.Version);
        Assert.NotEqual(before.Version.VersionEtag, after.Version.VersionEtag);
        MembershipTableData row = await table.ReadRowAsync(entry.SiloAddress, Token);
        Assert.Equal(after.Members[0].Item2, Assert.Single(row.Members).Item2);
        Assert.Empty((await table.ReadRowAsync(Silos.Address(2), Token)).Members);
    }

    [Fact]
    public async Task InsertAndUpdate_WithAStaleVersionOrETagOrAWrongRow_ChangeNothing()
    {
        FolderMembershipTable table = await Silos.OpenAsync(_folder.Path, Token);
        TableVersion empty = (await table.ReadAllAsync(Token)).Version;
        Assert.True(await table.InsertRowAsync(Silos.Entry(1), empty.Next(), Token));
        MembershipTableData one = await table.ReadAllAsync(Token);
        string rowTag = one.Members[0].Item2;

        Assert.False(await table.InsertRowAsync(Silos.Entry(2), empty.Next(), Token));
        Assert.False(await table.InsertRowAsync(Silos.Entry(1), one.Version.Next(), Token));
        Assert.False(await table.UpdateRowAsync(Silos.Entry(1, SiloStatus.Dead), rowTag, empty.Next(), Token));
        Assert.False(await table.UpdateRowAsync(Silos.Entry(1, SiloStatus.Dead), "1-no-such-tag", one.Version.Next(), Token));
        Assert.False(await table.UpdateRowAsync(Silos.Entry(2), rowTag, one.Version.Next(), Token));
        Assert.Equal(one.Version, (await table.ReadAllAsync(Token)).Version);

        Assert.True(await table.UpdateRowAsync(Silos.Entry(1, SiloStatus.Dead), rowTag, one.Version.Next(), Token));
        Assert.Equal(SiloStatus.Dead, Assert.Single((await table.ReadAllAsync(Token)).Members).Item1.Status);
    }

    [Fact]
    public async Task UpdateIAmAlive_BetweenReadAndUpdate_ShowsTheTimeAndSpoilsNoETag()
    {
        FolderMembershipTable table = await Silos.OpenAsync(_folder.Path, Token);
        Assert.True(await table.InsertRowAsync(Silos.Entry(1), (await table.ReadAllAsync(Token)).Version.Next(), Token));
        MembershipTableData read = await table.ReadAllAsync(Token);
        MembershipEntry alive = Silos.Entry(1);
        alive.IAmAliveTime = Silos.Start.AddMinutes(7);

        await table.UpdateIAmAliveAsync(alive, Token);
        await table.UpdateIAmAliveAsync(Silos.Entry(2), Token);

        Assert.Equal(alive.IAmAliveTime, Assert.Single((await table.ReadAllAsync(Token)).Members).Item1.IAmAliveTime);
        Assert.True(await table.UpdateRowAsync(Silos.Entry(1, SiloStatus.ShuttingDown), read.Members[0].Item2, read.Version.Next(), Token));
        MembershipEntry merged = Assert.Single((await table.ReadAllAsync(Token)).Members).Item1;
        Assert.Equal((SiloStatus.ShuttingDown, alive.IAmAliveTime), (merged.Status, merged.IAmAliveTime));
    }

    [Fact]
    public async Task CleanupDefunctSiloEntries_RemovesDeadSilosLastSeenBefore()
    {
        FolderMembershipTable table = await Silos.OpenAsync(_folder.Path, Token);
        SiloStatus[] statuses = [SiloStatus.Active, SiloStatus.Dead, SiloStatus.Dead];
        for (int i = 0; i < statuses.Length; i++)
            Assert.True(await table.InsertRowAsync(Silos.Entry(i, statuses[i]), (await table.ReadAllAsync(Token)).Version.Next(), Token));
        MembershipEntry seenLater = Silos.Entry(2);
        seenLater.IAmAliveTime = Silos.Start.AddHours(2);
        await table.UpdateIAmAliveAsync(seenLater, Token);
        TableVersion version = (await table.ReadAllAsync(Token)).Version;

        await table.CleanupDefunctSiloEntriesAsync(Silos.Start.AddHours(1), Token);

        MembershipTableData kept = await table.ReadAllAsync(Token);
        Assert.Equal([Silos.Address(0), Silos.Address(2)], kept.Members.Select(m => m.Item1.SiloAddress));
        Assert.Equal(version, kept.Version);
    }

    [Fact]
    public async Task Delete_ForgetsTheSilosOfThisClusterOnly_AndOldETagsStayStale()
    {
        FolderMembershipTable table = await Silos.OpenAsync(_folder.Path, Token);
        TableVersion first = (await table.ReadAllAsync(Token)).Version;
        Assert.True(await table.InsertRowAsync(Silos.Entry(1), first.Next(), Token));

        await table.DeleteMembershipTableEntriesAsync("another", Token);
        Assert.Single((await table.ReadAllAsync(Token)).Members);
        await table.DeleteMembershipTableEntriesAsync("cluster", Token);

        Assert.Empty((await table.ReadAllAsync(Token)).Members);
        Assert.False(await table.InsertRowAsync(Silos.Entry(1), first.Next(), Token));
    }

    public void Dispose() => _folder.Dispose();
}

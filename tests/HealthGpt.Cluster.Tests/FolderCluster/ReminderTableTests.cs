using System.Globalization;
using HealthGpt.Cluster.FolderCluster;
using Orleans.Runtime;
using Xunit;

namespace HealthGpt.Cluster.Tests.FolderCluster;

public sealed class ReminderTableTests : IDisposable
{
    private static readonly DateTime StartAt = new(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc);

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task UpsertRow_ThenReadByAnotherInstance_GivesEveryFieldAndTheLatestETag()
    {
        FolderReminderTable table = await OpenAsync();
        string? first = await table.UpsertRow(Entry(1, "wake"), Token);
        ReminderEntry changed = Entry(1, "wake");
        changed.Period = TimeSpan.FromMinutes(9);
        string? second = await table.UpsertRow(changed, Token);
        await table.UpsertRow(Entry(1, "other"), Token);
        await table.UpsertRow(Entry(2, "wake"), Token);

        FolderReminderTable other = await OpenAsync();
        ReminderEntry? read = await other.ReadRow(Grain(1), "wake", Token);

        Assert.NotEqual(first, second);
        Assert.NotNull(read);
        Assert.Equal((Grain(1), "wake", second, StartAt, changed.Period), (read.GrainId, read.ReminderName, read.ETag, read.StartAt, read.Period));
        Assert.Equal(DateTimeKind.Utc, read.StartAt.Kind);
        Assert.Equal(2, (await other.ReadRows(Grain(1), Token)).Reminders.Count);
        Assert.Null(await other.ReadRow(Grain(3), "wake", Token));
    }

    [Fact]
    public async Task RemoveRow_OnlyWithTheStoredETag()
    {
        FolderReminderTable table = await OpenAsync();
        string? old = await table.UpsertRow(Entry(1, "wake"), Token);
        string? current = await table.UpsertRow(Entry(1, "wake"), Token);

        Assert.False(await table.RemoveRow(Grain(1), "wake", old!, Token));
        Assert.False(await table.RemoveRow(Grain(2), "wake", current!, Token));
        Assert.True(await table.RemoveRow(Grain(1), "wake", current!, Token));
        Assert.False(await table.RemoveRow(Grain(1), "wake", current!, Token));
        Assert.Empty((await table.ReadRows(Grain(1), Token)).Reminders);
    }

    [Fact]
    public async Task ReadRows_ByHashRange_TakesTheEndLeavesTheBeginAndWrapsAround()
    {
        FolderReminderTable table = await OpenAsync();
        GrainId[] grains = [.. Enumerable.Range(0, 6).Select(Grain).OrderBy(g => g.GetUniformHashCode())];
        foreach (GrainId grain in grains)
            await table.UpsertRow(new ReminderEntry { GrainId = grain, ReminderName = "wake", StartAt = StartAt, Period = TimeSpan.FromMinutes(1) }, Token);
        uint Hash(int i) => grains[i].GetUniformHashCode();

        Assert.Equal<GrainId>([grains[2], grains[3]], await Range(table, Hash(1), Hash(3)));
        Assert.Equal([grains[0], grains[1], grains[5]], await Range(table, Hash(4), Hash(1)));
        Assert.Equal(grains, await Range(table, Hash(2), Hash(2)));
        Assert.Equal(grains, await Range(table, 0, uint.MaxValue));
    }

    public void Dispose() => _folder.Dispose();

    private static GrainId Grain(int number) => GrainId.Create("trainer", number.ToString(CultureInfo.InvariantCulture));

    private static ReminderEntry Entry(int grain, string name) =>
        new() { GrainId = Grain(grain), ReminderName = name, StartAt = StartAt, Period = TimeSpan.FromMinutes(1) };

    private static async Task<GrainId[]> Range(FolderReminderTable table, uint begin, uint end) =>
        [.. (await table.ReadRows(begin, end, Token)).Reminders.Select(r => r.GrainId).OrderBy(g => g.GetUniformHashCode())];

    private async Task<FolderReminderTable> OpenAsync()
    {
        var table = new FolderReminderTable(new ClusterFolder(_folder.Path, "cluster", "service"));
        await table.StartAsync(Token);
        return table;
    }
}

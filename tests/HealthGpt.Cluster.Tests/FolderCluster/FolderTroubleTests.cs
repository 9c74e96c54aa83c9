using HealthGpt.Cluster.FolderCluster;
using HealthGpt.Storage.Files;
using Microsoft.Extensions.Hosting;
using Orleans.Hosting;
using Xunit;

namespace HealthGpt.Cluster.Tests.FolderCluster;

/// <summary>What a damaged file and an unusable folder say.</summary>
public sealed class FolderTroubleTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("empty")]
    [InlineData("half")]
    [InlineData("flipped")]
    [InlineData("headless")]
    public async Task ADamagedTable_IsNamedAndNeverReadAsEmpty(string damage)
    {
        FolderMembershipTable table = await Silos.OpenAsync(_folder.Path, Token);
        Assert.True(await table.InsertRowAsync(Silos.Entry(1), (await table.ReadAllAsync(Token)).Version.Next(), Token));
        string path = _folder.Only("table");
        byte[] bytes = await File.ReadAllBytesAsync(path, Token);
        bytes[^20] ^= (byte)(damage == "flipped" ? 1 : 0);
        byte[] damaged = damage switch
        {
            "empty" => [],
            "half" => bytes[..(bytes.Length / 2)],
            "headless" => bytes[1..],
            _ => bytes,
        };
        await File.WriteAllBytesAsync(path, damaged, Token);

        var read = await Assert.ThrowsAsync<FolderClusterException>(() => table.ReadAllAsync(Token));
        await Assert.ThrowsAsync<FolderClusterException>(() => table.InitializeMembershipTableAsync(tryInitTableVersion: true, Token));

        Assert.Contains(path, read.Message, StringComparison.Ordinal);
        Assert.Contains("restore it from a copy", read.Message, StringComparison.Ordinal);
        Assert.Equal(damaged, await File.ReadAllBytesAsync(path, Token));
    }

    [Fact]
    public async Task AHeldLock_IsAClearErrorAfterTheTimeout()
    {
        var folder = new ClusterFolder(_folder.Path, "cluster", "service", TimeSpan.FromMilliseconds(50));
        var table = new FolderReminderTable(folder);
        await table.StartAsync(Token);
        using FolderLock held = await FolderLock.AcquireAsync(Path.Combine(folder.Reminders, "table.lock"), TimeSpan.FromSeconds(5), Token);

        var e = await Assert.ThrowsAsync<FolderClusterException>(() => table.TestOnlyClearTable(Token));

        Assert.Contains("table.lock", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ASilo_WithAFolderThatCannotBeMade_RefusesToStart()
    {
        string file = Path.Combine(_folder.Path, "file");
        await File.WriteAllTextAsync(file, "not a folder", Token);
        string folder = Path.Combine(file, "cluster");

        var e = await Assert.ThrowsAsync<FolderClusterException>(async () =>
        {
            using IHost host = LocalHosts.Silo(folder);
            await host.StartAsync(Token);
        });

        Assert.Contains($"cluster folder '{folder}' cannot be used", e.Message, StringComparison.Ordinal);
        Assert.Contains("set cluster.folder to another folder", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ASilo_WithAFolderThatCannotBeWritten_RefusesToStart()
    {
        const string Unwritable = "/proc/self";
        Assert.SkipUnless(Directory.Exists(Unwritable), "needs /proc, a folder in which not even root can make files");

        var e = await Assert.ThrowsAsync<FolderClusterException>(async () =>
        {
            using IHost host = LocalHosts.Silo(Unwritable);
            await host.StartAsync(Token);
        });

        Assert.Contains($"cluster folder '{Unwritable}' cannot be used", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AClient_OfAFolderWithoutCluster_SaysSo()
    {
        string folder = Path.Combine(_folder.Path, "none");
        using IHost host = LocalHosts.Client(folder);

        var e = await Assert.ThrowsAsync<FolderClusterException>(() => host.StartAsync(Token));

        Assert.Contains($"is in folder '{folder}'", e.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder));
    }

    [Fact]
    public void ABlankFolder_IsRefusedAtOnce()
    {
        var e = Assert.Throws<FolderClusterException>(() => new HostBuilder().UseOrleans(s => s.UseFolderCluster(" ")).Build());

        Assert.Contains("cluster folder is ' '", e.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}

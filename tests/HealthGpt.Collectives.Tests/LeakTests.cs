using System.Diagnostics;
using Xunit;

namespace HealthGpt.Collectives.Tests;

public sealed class LeakTests
{
    [Theory]
    [InlineData(Encryption.Off)]
    [InlineData(Encryption.Tls)]
    public async Task No_socket_thread_or_mapping_outlives_its_group(Encryption encryption)
    {
        if (!OperatingSystem.IsLinux())
            Assert.Skip("open sockets are counted in /proc, which only Linux has");
        await UseAsync(encryption, abort: false);
        await UntilAsync(() => HeartbeatThreads() == 0);
        int before = Sockets();
        for (int round = 0; round < 6; round++)
            await UseAsync(encryption, abort: round % 2 == 0);

        Assert.Equal(0, Mappings());
        await UntilAsync(() => Sockets() <= before && HeartbeatThreads() == 0);
        Assert.Equal(0, HeartbeatThreads());
        // Of those before, one that was just closed may have been there still.
        Assert.InRange(Sockets(), 0, before);
    }

    private static async Task UseAsync(Encryption encryption, bool abort)
    {
        await using LocalRanks ranks = await LocalRanks.FormAsync(3, Transport.Auto, encryption);
        await ranks.OnAllAsync(group => group.BarrierAsync(TestContext.Current.CancellationToken));
        await UntilAsync(() => HeartbeatThreads() == 3);
        Assert.Equal(3, HeartbeatThreads());
        Assert.NotEqual(0, Mappings());
        if (!abort)
            return;
        Task pending = ranks[1].ReceiveAsync(2, TestContext.Current.CancellationToken);
        ranks[0].Abort("test");
        await Assert.ThrowsAsync<GroupAbortedException>(() => pending);
    }

    /// <summary>Waits, for so long as only a failure takes: the system takes a moment to name a thread, and to let go of one that was joined and of a socket that was closed.</summary>
    private static async Task UntilAsync(Func<bool> settled)
    {
        var waited = Stopwatch.StartNew();
        while (!settled() && waited.Elapsed < TimeSpan.FromSeconds(30))
            await Task.Delay(10, TestContext.Current.CancellationToken);
    }

    private static int Sockets() =>
        new DirectoryInfo("/proc/self/fd").EnumerateFileSystemInfos().Count(entry => entry.LinkTarget?.StartsWith("socket:", StringComparison.Ordinal) == true);

    private static int Mappings() => File.ReadLines("/proc/self/maps").Count(line => line.Contains("/healthgpt-", StringComparison.Ordinal));

    private static int HeartbeatThreads() =>
        Directory.EnumerateDirectories("/proc/self/task").Count(task => ReadName(task).StartsWith("heartbeat", StringComparison.Ordinal));

    private static string ReadName(string task)
    {
        try
        {
            return File.ReadAllText(Path.Combine(task, "comm"));
        }
        catch (IOException)
        {
            // The thread ended while it was looked at.
            return string.Empty;
        }
    }
}

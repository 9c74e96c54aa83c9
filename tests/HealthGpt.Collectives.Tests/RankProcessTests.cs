using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace HealthGpt.Collectives.Tests;

/// <summary>What only a process of its own can show.</summary>
public sealed class RankProcessTests
{
    private const string LinuxOnly = "signals, limits and mounts are Linux'";

    // What a loaded test machine may add.
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(15);

    [Theory]
    [InlineData(Encryption.Off, 700)]
    [InlineData(Encryption.Tls, 700)]
    [InlineData(Encryption.Off, 900)]
    public async Task A_stopped_process_ends_the_generation_after_three_heartbeats_and_finds_it_ended(Encryption encryption, int heartbeat)
    {
        if (!OperatingSystem.IsLinux())
            Assert.Skip(LinuxOnly);
        await using LocalRanks ranks = LocalRanks.Listen(2, Transport.Auto, encryption);
        using RankProcess child = (await RankProcess.StartAsync())!;
        await FormAsync(ranks, 2, child, spec => spec with { HeartbeatInterval = TimeSpan.FromMilliseconds(heartbeat) });
        await child.ReadAsync();
        Task<GroupAbortedException>[] pending = [.. ranks.Groups.Select(group =>
            Assert.ThrowsAsync<GroupAbortedException>(() => group.ReceiveAsync(2, TestContext.Current.CancellationToken)))];
        // A living process that does nothing but beat is not lost.
        await Task.Delay(heartbeat * (GroupSpec.SilentIntervals + 1), TestContext.Current.CancellationToken);
        Assert.DoesNotContain(pending, task => task.IsCompleted);

        long stopped = Stopwatch.GetTimestamp();
        child.Suspend();
        GroupAbortedException[] failures = await Task.WhenAll(pending);
        TimeSpan took = Stopwatch.GetElapsedTime(stopped);
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"aborted after {took.TotalMilliseconds:0} ms; {heartbeat * GroupSpec.SilentIntervals} ms stated, {Slack.TotalMilliseconds:0} ms slack");

        Assert.All(failures, failure => Assert.Contains($"rank 2 has been silent for {heartbeat * GroupSpec.SilentIntervals} ms", failure.Message, StringComparison.Ordinal));
        Assert.True(took < (TimeSpan.FromMilliseconds(heartbeat) * GroupSpec.SilentIntervals) + Slack, $"took {took}");
        child.Resume();
        Assert.Contains("rank 2 has been silent", await child.ReadAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_process_that_may_not_have_files_so_large_goes_over_tcp_and_says_why()
    {
        if (!OperatingSystem.IsLinux())
            Assert.Skip(LinuxOnly);
        await AssertGoesOverTcpAsync("RLIMIT_FSIZE", "ulimit -f 64");
    }

    [Fact]
    public async Task A_process_whose_shared_memory_is_full_goes_over_tcp_and_says_why()
    {
        if (!OperatingSystem.IsLinux())
            Assert.Skip(LinuxOnly);
        await AssertGoesOverTcpAsync("cannot make a segment in /dev/shm", "mount -t tmpfs -o size=64k none /dev/shm", "unshare", "-m");
    }

    private static async Task AssertGoesOverTcpAsync(string why, string first, params string[] wrapper)
    {
        var log = new LogLines();
        await using LocalRanks ranks = LocalRanks.Listen(2, logger: log);
        using RankProcess? child = await RankProcess.StartAsync(first, wrapper);
        if (child is null)
            Assert.Skip($"'{first}' is not allowed here");
        await FormAsync(ranks, 2, child, spec => spec);

        Assert.Equal(nameof(Transport.Tcp), await child.ReadAsync());
        Assert.Equal(Transport.SharedMemory, ranks[0].TransportTo(1));
        Assert.Contains(log.All, line => line.Level == LogLevel.Information && line.Text.Contains(why, StringComparison.Ordinal));
        using RankProcess strict = (await RankProcess.StartAsync(first, wrapper))!;
        var refused = await Assert.ThrowsAsync<JoinRefusedException>(() => FormAsync(ranks, 1, strict, spec => spec with { Generation = 2, Transport = Transport.SharedMemory }));
        Assert.Equal(JoinRefusal.Transport, refused.Refusal);
        Assert.Contains(why, refused.Message, StringComparison.Ordinal);
        Assert.Contains(why, await strict.ReadAsync(), StringComparison.Ordinal);
    }

    /// <summary>Forms a group of some ranks of this process and, as the last, the child.</summary>
    private static async Task FormAsync(LocalRanks ranks, int here, RankProcess child, Func<GroupSpec, GroupSpec> with)
    {
        string[] members = [.. Enumerable.Range(0, here).Select(rank => ranks.Listener(rank).EndPoint), child.EndPoint];
        Task<ProcessGroup>[] forming = [.. Enumerable.Range(0, here).Select(rank => ranks.FormRankAsync(with(ranks.Spec(rank) with { Members = members })))];
        await child.JoinAsync(with(ranks.Spec(0) with { Rank = here, Members = members }));
        ranks.Groups.AddRange(await Task.WhenAll(forming));
    }
}

using System.Diagnostics;
using Xunit;

namespace HealthGpt.Collectives.Tests;

public sealed class AbortTests
{
    // What a loaded test machine may add to what is promised; by heartbeats alone a killed peer and an abort would take hours.
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Theory]
    [MemberData(nameof(LocalRanks.HostRoutes), MemberType = typeof(LocalRanks))]
    public async Task A_killed_peer_aborts_all_others_within_a_second(Transport transport, Encryption encryption)
    {
        await using LocalRanks ranks = LocalRanks.Listen(4, transport, encryption);
        // Long heartbeats, so that only the broken connections can tell.
        using RawPeer victim = await FormWithRawPeerAsync(ranks, TimeSpan.FromHours(1));
        PendingSum[] pending = [.. ranks.Groups.Select(PendingSum.Start)];

        long killed = Stopwatch.GetTimestamp();
        victim.Kill();
        await FailuresAsync(pending, killed, Second);

        Assert.All(pending, sum => sum.AssertNothingSummed());
        await AssertLaterOperationsThrowAsync(ranks);
    }

    [Theory]
    [MemberData(nameof(LocalRanks.HostRoutes), MemberType = typeof(LocalRanks))]
    public async Task A_silent_peer_aborts_all_others_after_three_heartbeats(Transport transport, Encryption encryption)
    {
        await using LocalRanks ranks = LocalRanks.Listen(3, transport, encryption);
        // Long enough that the ranks here, which beat, are not taken for silent on a busy machine.
        TimeSpan heartbeat = TimeSpan.FromMilliseconds(500);
        using RawPeer silent = await FormWithRawPeerAsync(ranks, heartbeat);
        long formed = Stopwatch.GetTimestamp();

        PendingSum[] pending = [.. ranks.Groups.Select(PendingSum.Start)];
        GroupAbortedException[] failures = await FailuresAsync(pending, formed, heartbeat * GroupSpec.SilentIntervals);

        Assert.All(pending, sum => sum.AssertNothingSummed());
        Assert.All(failures, failure => Assert.Contains("rank 2 has been silent for 1500 ms", failure.Message, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(LocalRanks.HostRoutes), MemberType = typeof(LocalRanks))]
    public async Task An_abort_reaches_every_rank_with_its_reason(Transport transport, Encryption encryption)
    {
        await using LocalRanks ranks = await LocalRanks.FormAsync(4, transport, encryption);
        PendingSum[] pending = [.. ranks.Groups.Skip(1).Select(PendingSum.Start)];

        long aborted = Stopwatch.GetTimestamp();
        ranks[0].Abort("bad sample 17");
        GroupAbortedException[] failures = await FailuresAsync(pending, aborted, Second);

        Assert.All(pending, sum => sum.AssertNothingSummed());
        Assert.All(failures, failure => Assert.Equal("rank 0 aborted: bad sample 17", failure.Reason));
        await AssertLaterOperationsThrowAsync(ranks);
    }

    [Theory]
    [MemberData(nameof(LocalRanks.HostRoutes), MemberType = typeof(LocalRanks))]
    public async Task A_cancelled_operation_ends_the_generation_on_every_rank(Transport transport, Encryption encryption)
    {
        await using LocalRanks ranks = await LocalRanks.FormAsync(2, transport, encryption);
        using var cancellation = new CancellationTokenSource();
        Task cancelled = ranks[0].ReceiveAsync(1, cancellation.Token);
        Task<GroupAbortedException> other = PendingAsync(ranks[1], group => group.ReceiveAsync(0, TestContext.Current.CancellationToken));

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        Assert.Contains("rank 0 cancelled its receive", (await other).Reason, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(LocalRanks.HostRoutes), MemberType = typeof(LocalRanks))]
    public async Task Ranks_out_of_step_are_told_so(Transport transport, Encryption encryption)
    {
        await using LocalRanks ranks = await LocalRanks.FormAsync(2, transport, encryption);
        Task<GroupAbortedException> first = PendingAsync(ranks[0], group => group.BarrierAsync(TestContext.Current.CancellationToken));
        Task<GroupAbortedException> second = PendingAsync(ranks[1], group => group.AllGatherAsync(new byte[1], TestContext.Current.CancellationToken));
        GroupAbortedException[] failures = await Task.WhenAll(first, second);
        Assert.All(failures, failure => Assert.Contains("every rank must call the same operations in the same order", failure.Reason, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(LocalRanks.HostRoutes), MemberType = typeof(LocalRanks))]
    public async Task A_rank_that_has_finished_leaves_the_others_be_until_they_need_it(Transport transport, Encryption encryption)
    {
        await using LocalRanks ranks = await LocalRanks.FormAsync(3, transport, encryption);
        Task last = ranks[0].SendAsync(1, new byte[] { 1, 2, 3 }, TestContext.Current.CancellationToken);
        await last;
        await ranks[0].DisposeAsync();

        Assert.Equal([1, 2, 3], await ranks[1].ReceiveAsync(0, TestContext.Current.CancellationToken));
        Task<byte[]> received = ranks[1].ReceiveAsync(2, TestContext.Current.CancellationToken);
        await ranks[2].SendAsync(1, new byte[] { 4 }, TestContext.Current.CancellationToken);
        Assert.Equal([4], await received);

        var sum = PendingSum.Start(ranks[1]);
        GroupAbortedException failure = await sum.Failure;
        sum.AssertNothingSummed();
        Assert.Contains("rank 0 left while rank 1 needed it", failure.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => ranks[0].BarrierAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task What_is_of_another_generation_is_never_taken()
    {
        await using LocalRanks ranks = LocalRanks.Listen(2);
        using (RawPeer peer = await FormWithRawPeerAsync(ranks, TimeSpan.FromHours(1)))
        {
            var pending = PendingSum.Start(ranks[0]);
            await peer.BeatAsync(0, generation: 0);
            Assert.Contains("rank 1 sent a control frame that is not of generation 1", (await pending.Failure).Message, StringComparison.Ordinal);
            pending.AssertNothingSummed();
        }

        Task<ProcessGroup> forming = ranks.FormRankAsync(ranks.Spec(0, generation: 2));
        using RawPeer late = await RawPeer.JoinAsync(ranks.Spec(1, generation: 2), generation: 1);
        Exception failure = await Assert.ThrowsAnyAsync<Exception>(() => forming);
        Assert.Contains("rank 1 sent a frame of generation 1 in generation 2", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_peer_that_is_slow_to_form_is_not_taken_for_silent()
    {
        await using LocalRanks ranks = LocalRanks.Listen(3);
        // Rank 0 beats through more than the silence limit while rank 1 still waits for rank 2.
        using RawPeer slow = await FormWithRawPeerAsync(ranks, TimeSpan.FromMilliseconds(250), heartbeatsBetweenRanks: GroupSpec.SilentIntervals + 2);
        Assert.Equal(2, ranks.Groups.Count);
    }

    private static async Task<RawPeer> FormWithRawPeerAsync(LocalRanks ranks, TimeSpan heartbeat, int heartbeatsBetweenRanks = 0)
    {
        int last = ranks.Spec(0).WorldSize - 1;
        var forming = Enumerable.Range(0, last).Select(rank => ranks.FormRankAsync(ranks.Spec(rank) with { HeartbeatInterval = heartbeat })).ToList();
        RawPeer peer = await RawPeer.JoinAsync(ranks.Spec(last), heartbeatsBetweenRanks);
        ranks.Groups.AddRange(await Task.WhenAll(forming));
        return peer;
    }

    private static Task<GroupAbortedException> PendingAsync(ProcessGroup group, Func<ProcessGroup, Task> operation) =>
        Assert.ThrowsAsync<GroupAbortedException>(() => operation(group));

    private static async Task AssertLaterOperationsThrowAsync(LocalRanks ranks)
    {
        foreach (ProcessGroup group in ranks.Groups)
        {
            Assert.True(group.Aborted);
            Assert.True(group.AbortToken.IsCancellationRequested);
            await Assert.ThrowsAsync<GroupAbortedException>(() => group.BarrierAsync(TestContext.Current.CancellationToken));
        }
    }

    /// <summary>Waits for all; what is looked at afterwards is not in the time.</summary>
    private static async Task<GroupAbortedException[]> FailuresAsync(PendingSum[] pending, long since, TimeSpan promised)
    {
        GroupAbortedException[] failures = await Task.WhenAll(pending.Select(sum => sum.Failure));
        TimeSpan took = Stopwatch.GetElapsedTime(since);
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"aborted everywhere after {took.TotalMilliseconds:0} ms; {promised.TotalMilliseconds:0} ms promised, {Slack.TotalMilliseconds:0} ms slack");
        Assert.True(took < promised + Slack, $"took {took}");
        return failures;
    }

    /// <summary>A sum that the end of its generation ends.</summary>
    private sealed record PendingSum(Task<GroupAbortedException> Failure, float[] Result)
    {
        public static PendingSum Start(ProcessGroup group)
        {
            float[] result = new float[2_000_000];
            return new PendingSum(PendingAsync(group, ranked => ranked.ReduceTreeAsync(
                new ShardTree(ranked.WorldSize), [(new ShardNode(ranked.Rank, ranked.Rank + 1), new float[2_000_000])], result, TestContext.Current.CancellationToken)), result);
        }

        /// <summary>Nothing of a sum that did not come to be can be taken for one.</summary>
        public void AssertNothingSummed() => Assert.True(Array.TrueForAll(Result, float.IsNaN));
    }
}

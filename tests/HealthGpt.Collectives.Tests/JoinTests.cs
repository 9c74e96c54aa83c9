using System.Net;
using System.Net.Sockets;
using HealthGpt.Collectives.Joining;
using Microsoft.Extensions.Logging;
using Xunit;

namespace HealthGpt.Collectives.Tests;

public sealed class JoinTests
{
    [Fact]
    public async Task A_rank_with_another_secret_is_refused_and_does_not_disturb_the_group()
    {
        await using LocalRanks ranks = LocalRanks.Listen(2);
        Task<ProcessGroup> first = ranks.FormRankAsync(ranks.Spec(0));

        var refused = await Assert.ThrowsAsync<JoinRefusedException>(() => ranks.FormRankAsync(ranks.Spec(1) with { Secret = "guessed" }));
        Assert.Equal(JoinRefusal.WrongSecret, refused.Refusal);
        Assert.Contains("the secret differs", refused.Message, StringComparison.Ordinal);

        ranks.Groups.AddRange(await Task.WhenAll(first, ranks.FormRankAsync(ranks.Spec(1))));
        await ranks.OnAllAsync(group => group.BarrierAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_stale_generation_is_refused_by_peers_and_by_the_own_listener()
    {
        await using LocalRanks ranks = LocalRanks.Listen(2);
        Task<ProcessGroup> first = ranks.FormRankAsync(ranks.Spec(0, generation: 5));

        var byPeer = await Assert.ThrowsAsync<JoinRefusedException>(() => ranks.FormRankAsync(ranks.Spec(1, generation: 4)));
        Assert.Equal(JoinRefusal.StaleGeneration, byPeer.Refusal);
        Assert.Contains("generation 5 was seen", byPeer.Message, StringComparison.Ordinal);
        var byListener = await Assert.ThrowsAsync<JoinRefusedException>(() => ranks.FormRankAsync(ranks.Spec(0, generation: 4)));
        Assert.Equal(JoinRefusal.StaleGeneration, byListener.Refusal);

        ranks.Groups.AddRange(await Task.WhenAll(first, ranks.FormRankAsync(ranks.Spec(1, generation: 5))));
        await ranks.OnAllAsync(group => group.BarrierAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_higher_generation_ends_the_one_before_it()
    {
        await using LocalRanks ranks = await LocalRanks.FormAsync(2);
        ProcessGroup[] before = [.. ranks.Groups];
        ranks.Groups.AddRange(await Task.WhenAll(ranks.FormRankAsync(ranks.Spec(0, generation: 2)), ranks.FormRankAsync(ranks.Spec(1, generation: 2))));
        Assert.All(before, group => Assert.True(group.Aborted));
        await Task.WhenAll(ranks.Groups.Skip(2).Select(group => group.BarrierAsync(TestContext.Current.CancellationToken)));
    }

    [Fact]
    public async Task Forming_ends_at_its_deadline_and_names_the_rank_that_did_not_come()
    {
        await using LocalRanks ranks = LocalRanks.Listen(3);
        // Time enough for the two to find each other on a busy machine.
        TimeSpan timeout = TimeSpan.FromSeconds(3);
        Task<ProcessGroup>[] forming = [ranks.FormRankAsync(ranks.Spec(0) with { FormTimeout = timeout }), ranks.FormRankAsync(ranks.Spec(2) with { FormTimeout = timeout })];
        foreach (Task<ProcessGroup> rank in forming)
        {
            var failure = await Assert.ThrowsAsync<GroupFormationException>(() => rank);
            Assert.Equal([1], failure.MissingRanks);
            Assert.Contains($"rank 1 ({ranks.Listener(1).EndPoint}", failure.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_listener_survives_callers_that_speak_something_else()
    {
        await using LocalRanks ranks = LocalRanks.Listen(2);
        using var stranger = new TcpClient();
        await stranger.ConnectAsync(IPEndPoint.Parse(ranks.Listener(0).EndPoint), TestContext.Current.CancellationToken);
        await stranger.GetStream().WriteAsync("GET / HTTP/1.1\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
        ranks.Groups.AddRange(await Task.WhenAll(ranks.FormRankAsync(ranks.Spec(0)), ranks.FormRankAsync(ranks.Spec(1))));
        await ranks.OnAllAsync(group => group.BarrierAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_replayed_join_is_refused_and_logged()
    {
        var log = new LogLines();
        await using LocalRanks before = LocalRanks.Listen(2, Transport.Tcp);
        await using var relay = new Relay(before.Listener(0).EndPoint);
        GroupSpec Through(int rank) => before.Spec(rank) with { Members = [relay.EndPoint, before.Listener(1).EndPoint] };
        before.Groups.AddRange(await Task.WhenAll(before.FormRankAsync(Through(0)), before.FormRankAsync(Through(1))));
        byte[] join = Relay.Capture.Bytes(relay.Captures[0].FromCaller);
        // The same rank of the same generation once more, to whom the old join has never been shown.
        await using PeerListener again = PeerListener.Start(logger: log);
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        Task<ProcessGroup> forming = ProcessGroup.FormAsync(again, Through(0), cancellation.Token);

        using var attacker = new TcpClient();
        await attacker.ConnectAsync(IPEndPoint.Parse(again.EndPoint), TestContext.Current.CancellationToken);
        NetworkStream stream = attacker.GetStream();
        await stream.WriteAsync(join, TestContext.Current.CancellationToken);
        await JoinBlocks.ReadAsync(stream, TestContext.Current.CancellationToken);
        var refused = await Assert.ThrowsAsync<JoinRefusedException>(() => JoinBlocks.ReadAsync(stream, TestContext.Current.CancellationToken));

        Assert.Equal(JoinRefusal.WrongSecret, refused.Refusal);
        Assert.Contains(log.All, line => line.Level == LogLevel.Warning && line.Text.Contains("(WrongSecret): rank 0 refused rank 1 of job 'job'", StringComparison.Ordinal));
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => forming);
    }

    [Fact]
    public async Task Joins_that_belong_to_no_group_here_are_logged_once_and_cannot_write_lines_of_the_log()
    {
        var log = new LogLines();
        await using LocalRanks ranks = LocalRanks.Listen(2, logger: log);
        for (int time = 0; time < 3; time++)
        {
            var refused = await Assert.ThrowsAsync<JoinRefusedException>(() =>
                JoinConnector.ConnectAsync(ranks.Spec(1) with { Job = "a\nb" }, 0, Channel.Control, TestContext.Current.CancellationToken));
            Assert.Equal(JoinRefusal.UnknownGroup, refused.Refusal);
        }
        Assert.EndsWith("(UnknownGroup): generation 1 of job 'a?b' does not form here", Assert.Single(log.All).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_port_in_use_is_named()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        int port = ((IPEndPoint)taken.LocalEndpoint).Port;
        var failure = Assert.Throws<PeerListenException>(() => PeerListener.Start(IPAddress.Loopback, port));
        Assert.Contains($"127.0.0.1:{port}", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_spec_reports_all_its_problems_at_once_and_never_its_secret()
    {
        await using PeerListener listener = PeerListener.Start();
        var spec = new GroupSpec { Job = "", Generation = -1, Rank = 3, Members = ["here", "here"], Secret = LocalRanks.Secret };
        var failure = await Assert.ThrowsAsync<ArgumentException>(async () => await ProcessGroup.FormAsync(listener, spec, TestContext.Current.CancellationToken));
        foreach (string part in (List<string>)["Job is ''", "Generation is -1", "Rank is 3", "Members has 'here' 2 times", "host:port"])
            Assert.Contains(part, failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(LocalRanks.Secret, failure.Message + spec, StringComparison.Ordinal);
    }
}

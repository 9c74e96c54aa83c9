using System.Net.Sockets;
using HealthGpt.Collectives.Joining;
using HealthGpt.Collectives.Tls;
using Microsoft.Extensions.Logging;

namespace HealthGpt.Collectives.Tests;

public sealed class EncryptionTests
{
    private static readonly byte[] Pattern = [.. Enumerable.Range(0, 64).Select(value => (byte)(value * 7))];

    [Theory]
    [InlineData(Encryption.Off)]
    [InlineData(Encryption.Tls)]
    public async Task What_crosses_can_be_read_on_the_way_only_without_tls(Encryption encryption)
    {
        await using LocalRanks ranks = LocalRanks.Listen(2, Transport.Tcp, encryption);
        await using var relay = new Relay(ranks.Listener(0).EndPoint);
        ranks.Groups.AddRange(await Task.WhenAll(FormAsync(ranks, relay, 0), FormAsync(ranks, relay, 1)));

        await ranks.OnAllAsync(async group =>
        {
            Task sent = group.SendAsync(1 - group.Rank, Pattern, TestContext.Current.CancellationToken);
            Assert.Equal(Pattern, await group.ReceiveAsync(1 - group.Rank, TestContext.Current.CancellationToken));
            await sent;
            // Large enough for both stripes.
            byte[] large = new byte[4 << 20];
            Pattern.CopyTo(large, 3 << 20);
            await group.BroadcastAsync<byte>(large, 0, TestContext.Current.CancellationToken);
        });
        ranks[0].Abort("word-of-rank-0");
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.Delay(Timeout.Infinite, ranks[1].AbortToken).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));

        Assert.Equal(3, relay.Captures.Count);
        bool plain = encryption == Encryption.Off;
        Assert.Equal(plain, relay.Captures.Any(capture => capture.Holds(Pattern)));
        Assert.Equal(plain, relay.Captures.Any(capture => capture.Holds("word-of-rank-0"u8.ToArray())));
        Assert.Equal(plain, relay.Captures.Any(capture => capture.Holds(HelloOf(ranks, relay))));
        Assert.All(relay.Captures, capture => Assert.Equal(plain ? 0 : TlsConnection.FirstByte, Relay.Capture.Bytes(capture.FromCaller)[0]));
    }

    [Fact]
    public async Task Who_ends_the_tls_on_the_way_is_refused_by_both_sides_and_logged()
    {
        var log = new LogLines();
        await using LocalRanks ranks = LocalRanks.Listen(2, Transport.Tcp, Encryption.Tls, log);
        using var identity = new TlsIdentity();
        await using var relay = new Relay(ranks.Listener(0).EndPoint, (caller, called) => EndTlsAsync(caller, called, identity));
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        Task<ProcessGroup> first = ProcessGroup.FormAsync(ranks.Listener(0), Through(ranks, relay, 0), cancellation.Token);

        var refused = await Assert.ThrowsAsync<JoinRefusedException>(() => FormAsync(ranks, relay, 1));

        Assert.Equal(JoinRefusal.WrongSecret, refused.Refusal);
        Assert.Contains("somebody on the way ends the TLS", refused.Message, StringComparison.Ordinal);
        // He could read the join, which shows that the proof alone has stopped him.
        Assert.Contains(relay.Captures, capture => capture.Holds(HelloOf(ranks, relay)));
        Assert.Contains(log.All, line => line.Level == LogLevel.Warning && line.Text.Contains("somebody on the way ends the TLS", StringComparison.Ordinal));
        Assert.False(first.IsCompleted);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
    }

    [Theory]
    [InlineData(Encryption.Tls, "rank 1 came without TLS, which this group demands")]
    [InlineData(Encryption.Off, "rank 1 came with TLS, but this group has none")]
    public async Task A_rank_with_another_setting_is_refused_logged_and_does_not_disturb_the_group(Encryption encryption, string why)
    {
        var log = new LogLines();
        await using LocalRanks ranks = LocalRanks.Listen(2, Transport.Auto, encryption, log);
        Task<ProcessGroup> first = ranks.FormRankAsync(ranks.Spec(0));

        Encryption other = encryption == Encryption.Tls ? Encryption.Off : Encryption.Tls;
        var refused = await Assert.ThrowsAsync<JoinRefusedException>(() => ranks.FormRankAsync(ranks.Spec(1) with { Encryption = other }));

        Assert.Equal(JoinRefusal.Encryption, refused.Refusal);
        Assert.Contains(why, refused.Message, StringComparison.Ordinal);
        Assert.Contains("give every rank the same Encryption", refused.Message, StringComparison.Ordinal);
        Assert.Contains(log.All, line => line.Level == LogLevel.Warning && line.Text.Contains(why, StringComparison.Ordinal));
        ranks.Groups.AddRange(await Task.WhenAll(first, ranks.FormRankAsync(ranks.Spec(1))));
        await ranks.OnAllAsync(group => group.BarrierAsync(TestContext.Current.CancellationToken));
    }

    private static async Task<(Stream, Stream)> EndTlsAsync(Socket caller, Socket called, TlsIdentity identity)
    {
        TlsConnection near = await TlsConnection.AcceptAsync(caller, identity, TestContext.Current.CancellationToken);
        TlsConnection far = await TlsConnection.ConnectAsync(called, TestContext.Current.CancellationToken);
        return (near.Stream, far.Stream);
    }

    /// <summary>A part of the first block of a join that no ciphertext has by chance.</summary>
    private static byte[] HelloOf(LocalRanks ranks, Relay relay) => Hello.HashMembers(Through(ranks, relay, 0).Members);

    private static Task<ProcessGroup> FormAsync(LocalRanks ranks, Relay relay, int rank) => ranks.FormRankAsync(Through(ranks, relay, rank));

    private static GroupSpec Through(LocalRanks ranks, Relay relay, int rank) => ranks.Spec(rank) with { Members = [relay.EndPoint, ranks.Listener(1).EndPoint] };
}

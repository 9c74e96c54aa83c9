using System.Net;
using System.Net.Sockets;
using HealthGpt.Collectives.Links;
using HealthGpt.Collectives.SharedMemory;
using HealthGpt.Collectives.Tls;

namespace HealthGpt.Collectives.Joining;

/// <summary>The calling side of a join: one attempt.</summary>
internal static class JoinConnector
{
    public static async Task<PeerChannel> ConnectAsync(GroupSpec spec, int toRank, Channel channel, CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        TlsConnection? tls = null;
        try
        {
            // Before connecting, because the window scale is agreed on then.
            if (channel == Channel.Data)
                SocketBytes.Prepare(socket);
            await ConnectAsync(socket, MemberAddress.Parse(spec.Members[toRank]), cancellation);
            JoinConnection connection = await JoinConnection.ConnectAsync(socket, spec.Encryption, cancellation);
            tls = connection.Tls;
            await ProveAsync(connection, spec, Hello.Of(spec, toRank, channel).ToBytes(), toRank, cancellation);
            return channel == Channel.Data ? await OfferAsync(connection, spec, cancellation) : new PeerChannel(connection);
        }
        catch (JoinRefusedException refused) when (refused.Refusal == JoinRefusal.Encryption && tls is null)
        {
            socket.Dispose();
            throw new JoinRefusedException(JoinRefusal.Encryption, $"rank {spec.Rank} called rank {toRank} ({spec.Members[toRank]}) of job '{spec.Job}': {refused.Message}");
        }
        catch
        {
            tls?.Dispose();
            socket.Dispose();
            throw;
        }
    }

    private static async Task ConnectAsync(Socket socket, EndPoint endPoint, CancellationToken cancellation)
    {
        await socket.ConnectAsync(endPoint, cancellation);
        // A port of the ephemeral range that nobody listens on can be given to this very socket, which then talks to itself.
        if (Equals(socket.LocalEndPoint, socket.RemoteEndPoint))
            throw new SocketException((int)SocketError.ConnectionRefused);
    }

    private static async Task ProveAsync(JoinConnection connection, GroupSpec spec, byte[] hello, int toRank, CancellationToken cancellation)
    {
        await JoinBlocks.WriteAsync(connection.Stream, hello, cancellation);
        byte[] challenge = await JoinBlocks.ReadAsync(connection.Stream, cancellation);
        await JoinBlocks.WriteAsync(connection.Stream, JoinProof.OfConnector(spec.Secret, connection.Binding, challenge, hello), cancellation);
        byte[] answer = await JoinBlocks.ReadAsync(connection.Stream, cancellation);
        if (!JoinProof.Equal(JoinProof.OfAcceptor(spec.Secret, connection.Binding, challenge, hello), answer))
        {
            throw new JoinRefusedException(JoinRefusal.WrongSecret,
                $"rank {toRank} ({spec.Members[toRank]}) did not prove the secret of job '{spec.Job}'; its secret differs{JoinConnection.OrRelayed(connection)}; give every rank the same");
        }
    }

    /// <summary>Offers the acceptor a shared segment; where it takes none the two go on over TCP.</summary>
    private static async Task<PeerChannel> OfferAsync(JoinConnection connection, GroupSpec spec, CancellationToken cancellation)
    {
        TransportOffer offer = TransportOffer.Of(spec, out SharedSegment? segment);
        try
        {
            await JoinBlocks.WriteAsync(connection.Stream, offer.ToBytes(), cancellation);
            int connections = TransportOffer.ReadAnswer(await JoinBlocks.ReadAsync(connection.Stream, cancellation));
            if (connections > 0)
                return new PeerChannel(connection, null, connections);
            return segment is { IsShared: true }
                ? new PeerChannel(connection, Interlocked.Exchange(ref segment, null))
                : throw new JoinRefusedException(JoinRefusal.Protocol, "the peer took a segment that it does not share; use the same release on every worker");
        }
        finally
        {
            offer.Withdraw();
            segment?.Dispose();
        }
    }
}

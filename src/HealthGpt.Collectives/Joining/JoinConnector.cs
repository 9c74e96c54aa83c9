using System.Net;
using System.Net.Sockets;
using HealthGpt.Collectives.Links;
using HealthGpt.Collectives.SharedMemory;

namespace HealthGpt.Collectives.Joining;

/// <summary>The calling side of a join: one attempt.</summary>
internal static class JoinConnector
{
    public static async Task<PeerChannel> ConnectAsync(GroupSpec spec, int toRank, Channel channel, CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            // Before connecting, because the window scale is agreed on then.
            if (channel == Channel.Data)
                SocketBytes.Prepare(socket);
            await ConnectAsync(socket, MemberAddress.Parse(spec.Members[toRank]), cancellation);
            await ProveAsync(socket, spec, Hello.Of(spec, toRank, channel).ToBytes(), toRank, cancellation);
            return channel == Channel.Data ? await OfferAsync(socket, spec, cancellation) : new PeerChannel(socket);
        }
        catch
        {
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

    private static async Task ProveAsync(Socket socket, GroupSpec spec, byte[] hello, int toRank, CancellationToken cancellation)
    {
        await JoinBlocks.WriteAsync(socket, hello, cancellation);
        byte[] challenge = await JoinBlocks.ReadAsync(socket, cancellation);
        await JoinBlocks.WriteAsync(socket, JoinProof.OfConnector(spec.Secret, hello, challenge), cancellation);
        byte[] answer = await JoinBlocks.ReadAsync(socket, cancellation);
        if (!JoinProof.Equal(JoinProof.OfAcceptor(spec.Secret, hello, challenge), answer))
        {
            throw new JoinRefusedException(JoinRefusal.WrongSecret,
                $"rank {toRank} ({spec.Members[toRank]}) did not prove the secret of job '{spec.Job}'; its secret differs; give every rank the same");
        }
    }

    /// <summary>Offers the acceptor a shared segment; where it takes none the two go on over TCP.</summary>
    private static async Task<PeerChannel> OfferAsync(Socket socket, GroupSpec spec, CancellationToken cancellation)
    {
        TransportOffer offer = TransportOffer.Of(spec, out SharedSegment? segment);
        try
        {
            await JoinBlocks.WriteAsync(socket, offer.ToBytes(), cancellation);
            int connections = TransportOffer.ReadAnswer(await JoinBlocks.ReadAsync(socket, cancellation));
            if (connections > 0)
                return new PeerChannel(socket, null, connections);
            return segment is { IsShared: true }
                ? new PeerChannel(socket, Interlocked.Exchange(ref segment, null))
                : throw new JoinRefusedException(JoinRefusal.Protocol, "the peer took a segment that it does not share; use the same release on every worker");
        }
        finally
        {
            offer.Withdraw();
            segment?.Dispose();
        }
    }
}

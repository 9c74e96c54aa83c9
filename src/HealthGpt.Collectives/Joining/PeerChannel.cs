using HealthGpt.Collectives.Links;
using HealthGpt.Collectives.SharedMemory;
using HealthGpt.Collectives.Tls;

namespace HealthGpt.Collectives.Joining;

/// <summary>A joined connection to a peer, and what was agreed on for the data if it is the first that carries it.</summary>
/// <param name="Connection">The connection.</param>
/// <param name="Segment">Memory that the two share; null where data goes over TCP.</param>
/// <param name="Connections">How many connections carry the data.</param>
internal sealed record PeerChannel(JoinConnection Connection, SharedSegment? Segment = null, int Connections = 1) : IDisposable
{
    /// <summary>The bytes to and from the peer over what was agreed on.</summary>
    /// <param name="rank">The peer.</param>
    /// <param name="others">The connections beside this one.</param>
    public PeerStream Open(int rank, IEnumerable<PeerChannel> others)
    {
        if (Segment is not null)
        {
            // The bell that goes on over the socket says nothing but that there is something to see.
            Connection.Tls?.Dispose();
            return new SharedStream(rank, Connection.Socket, Segment);
        }
        PeerStream[] streams = [.. others.Prepend(this).Select(channel => channel.OpenTcp(rank))];
        return streams.Length == 1 ? streams[0] : new StripedStream(rank, streams);
    }

    /// <summary>The peer's heartbeats and aborts.</summary>
    public ControlLink OpenControl(int rank, long generation) =>
        new(rank, generation, Connection.Tls is { } tls ? new TlsControlWire(tls) : new PlainControlWire(Connection.Socket));

    public void Dispose()
    {
        Connection.Tls?.Dispose();
        Connection.Socket.Dispose();
        Segment?.Dispose();
    }

    private PeerStream OpenTcp(int rank) => Connection.Tls is { } tls ? new TlsStream(rank, tls) : new SocketStream(rank, Connection.Socket);
}

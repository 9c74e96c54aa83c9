using System.Net.Sockets;
using HealthGpt.Collectives.Links;
using HealthGpt.Collectives.SharedMemory;

namespace HealthGpt.Collectives.Joining;

/// <summary>A joined connection to a peer, and what was agreed on for the data if it is the first that carries it.</summary>
/// <param name="Socket">The connection.</param>
/// <param name="Segment">Memory that the two share; null where data goes over TCP.</param>
/// <param name="Connections">How many connections carry the data.</param>
internal sealed record PeerChannel(Socket Socket, SharedSegment? Segment = null, int Connections = 1) : IDisposable
{
    /// <summary>The bytes to and from the peer over what was agreed on.</summary>
    /// <param name="rank">The peer.</param>
    /// <param name="others">The connections beside this one.</param>
    public PeerStream Open(int rank, IEnumerable<Socket> others)
    {
        if (Segment is not null)
            return new SharedStream(rank, Socket, Segment);
        PeerStream[] streams = [.. others.Prepend(Socket).Select(socket => new SocketStream(rank, socket))];
        return streams.Length == 1 ? streams[0] : new StripedStream(rank, streams);
    }

    public void Dispose()
    {
        Socket.Dispose();
        Segment?.Dispose();
    }
}

using System.Net.Sockets;
using HealthGpt.Collectives.Links;
using HealthGpt.Collectives.SharedMemory;

namespace HealthGpt.Collectives.Joining;

/// <summary>A joined connection to a peer, and the memory that the two share beside it.</summary>
internal sealed record PeerChannel(Socket Socket, SharedSegment? Segment) : IDisposable
{
    /// <summary>The bytes to and from the peer over whatever was agreed on.</summary>
    public PeerStream Open(int rank) => Segment is null ? new SocketStream(rank, Socket) : new SharedStream(rank, Socket, Segment);

    public void Dispose()
    {
        Socket.Dispose();
        Segment?.Dispose();
    }
}

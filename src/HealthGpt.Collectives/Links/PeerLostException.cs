namespace HealthGpt.Collectives.Links;

internal sealed class PeerLostException(int rank, Exception inner) : Exception(inner.Message, inner)
{
    public int Rank { get; } = rank;

    /// <summary>Whether a failure of a socket means that the peer went.</summary>
    public static bool Is(Exception failure) => failure is System.Net.Sockets.SocketException or IOException or ObjectDisposedException;
}

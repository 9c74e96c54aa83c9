using System.Net.Sockets;

namespace HealthGpt.Collectives.Links;

/// <summary>What carries a control link's frames, without ever waiting: written from one thread at a time, read by the control loop alone.</summary>
internal abstract class ControlWire(Socket socket) : IDisposable
{
    /// <summary>The socket, to wait at.</summary>
    public Socket Socket { get; } = socket;

    /// <summary>Writes a frame. A peer that has no room for it reads nothing for so long that it is lost: the connection ends.</summary>
    /// <exception cref="ObjectDisposedException">The connection was closed here.</exception>
    public abstract void Send(ReadOnlySpan<byte> frame);

    /// <summary>Reads what has come: null where that is nothing yet, 0 at the end.</summary>
    /// <exception cref="SocketException">The connection broke.</exception>
    /// <exception cref="IOException">The connection broke.</exception>
    /// <exception cref="ObjectDisposedException">The connection was closed here.</exception>
    public abstract int? TryRead(Span<byte> into);

    /// <summary>Frees what is left, after the control loop has ended.</summary>
    public abstract void Dispose();
}

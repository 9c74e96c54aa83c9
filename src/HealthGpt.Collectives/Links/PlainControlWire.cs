using System.Net.Sockets;

namespace HealthGpt.Collectives.Links;

internal sealed class PlainControlWire : ControlWire
{
    public PlainControlWire(Socket socket)
        : base(socket) => socket.Blocking = false;

    public override void Send(ReadOnlySpan<byte> frame)
    {
        int sent = Socket.Send(frame, SocketFlags.None, out SocketError _);
        // Half a frame would garble the next.
        if (sent > 0 && sent < frame.Length)
            SocketBytes.Close(Socket);
    }

    public override int? TryRead(Span<byte> into)
    {
        int read = Socket.Receive(into, SocketFlags.None, out SocketError error);
        return error switch
        {
            SocketError.Success => read,
            SocketError.WouldBlock => null,
            _ => throw new SocketException((int)error),
        };
    }

    public override void Dispose() => Socket.Dispose();
}

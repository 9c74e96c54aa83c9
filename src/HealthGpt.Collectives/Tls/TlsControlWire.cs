using System.Net.Sockets;
using HealthGpt.Collectives.Links;

namespace HealthGpt.Collectives.Tls;

internal sealed class TlsControlWire : ControlWire
{
    private readonly TlsConnection _connection;
    private readonly byte[] _plain = new byte[4096];
    private Task<int>? _reading;

    public TlsControlWire(TlsConnection connection)
        : base(connection.Socket)
    {
        _connection = connection;
        connection.Cipher.IsPolled = true;
    }

    public override void Send(ReadOnlySpan<byte> frame)
    {
        try
        {
            _connection.Stream.Write(frame);
            // A record cannot be left out.
            if (!_connection.Cipher.TrySend())
                SocketBytes.Close(Socket);
        }
        catch (Exception failure) when (failure is IOException or SocketException)
        {
            // Broken; reading says so.
        }
    }

    public override int? TryRead(Span<byte> into)
    {
        if (_reading is null)
            _reading = _connection.Stream.ReadAsync(_plain.AsMemory(0, Math.Min(_plain.Length, into.Length)), CancellationToken.None).AsTask();
        else
            _connection.Cipher.Poll();
        if (!_reading.IsCompleted)
            return null;
        int read = _reading.GetAwaiter().GetResult();
        _reading = null;
        _plain.AsSpan(0, read).CopyTo(into);
        return read;
    }

    public override void Dispose()
    {
        _connection.Dispose();
        Socket.Dispose();
    }
}

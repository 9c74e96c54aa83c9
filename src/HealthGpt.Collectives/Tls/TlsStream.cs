using HealthGpt.Collectives.Links;

namespace HealthGpt.Collectives.Tls;

/// <summary>A TLS connection that carries data.</summary>
internal sealed class TlsStream : ReadAheadStream
{
    // Encrypted at once, once there is room; a few records, so that the kernel is called less often.
    private const int BlockBytes = 64 << 10;
    private const int ReadBytes = 256 << 10;

    private readonly TlsConnection _connection;

    public TlsStream(int rank, TlsConnection connection)
        : base(rank)
    {
        _connection = connection;
        connection.Cipher.ReadAhead(ReadBytes);
    }

    protected override bool HasUnsent => _connection.Cipher.HasUnsent;

    public override void Close() => SocketBytes.Close(_connection.Socket);

    public override void Dispose()
    {
        _connection.Dispose();
        _connection.Socket.Dispose();
    }

    protected override int TryWrite(ReadOnlySpan<byte> bytes)
    {
        try
        {
            int written = 0;
            do
                written += Encrypt(bytes[written..]);
            while (_connection.Cipher.TrySend() && written < bytes.Length);
            return written;
        }
        catch (Exception failure) when (PeerLostException.Is(failure))
        {
            throw new PeerLostException(Rank, failure);
        }
    }

    protected override async ValueTask<int> WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            int written = Encrypt(bytes.Span);
            await _connection.Cipher.SendAsync();
            return written;
        }
        catch (Exception failure) when (PeerLostException.Is(failure))
        {
            throw new PeerLostException(Rank, failure);
        }
    }

    protected override ValueTask<int> ReceiveAsync(Memory<byte> into, CancellationToken cancellation) => _connection.Stream.ReadAsync(into, cancellation);

    private int Encrypt(ReadOnlySpan<byte> bytes)
    {
        int count = Math.Min(bytes.Length, BlockBytes);
        if (count > 0)
            _connection.Stream.Write(bytes[..count]);
        return count;
    }
}

using HealthGpt.Collectives.Links;

namespace HealthGpt.Collectives.Tls;

/// <summary>A TLS connection that carries data.</summary>
internal sealed class TlsStream(int rank, TlsConnection connection) : ReadAheadStream(rank)
{
    // What one TLS record holds at most (RFC 8446, section 5.1); only so much is encrypted before there is room for it.
    private const int RecordBytes = 16 << 10;

    public override void Close() => SocketBytes.Close(connection.Socket);

    public override void Dispose()
    {
        connection.Dispose();
        connection.Socket.Dispose();
    }

    protected override bool HasUnsent => connection.Cipher.HasUnsent;

    protected override int TryWrite(ReadOnlySpan<byte> bytes)
    {
        int written = 0;
        while (written < bytes.Length && !HasUnsent)
            written += Encrypt(bytes[written..]);
        return written;
    }

    protected override async ValueTask<int> WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            int written = bytes.Length == 0 ? 0 : Encrypt(bytes.Span);
            await connection.Cipher.FlushUnsentAsync();
            return written;
        }
        catch (Exception failure) when (PeerLostException.Is(failure))
        {
            throw new PeerLostException(Rank, failure);
        }
    }

    protected override ValueTask<int> ReceiveAsync(Memory<byte> into, CancellationToken cancellation) => connection.Stream.ReadAsync(into, cancellation);

    private int Encrypt(ReadOnlySpan<byte> bytes)
    {
        int count = Math.Min(bytes.Length, RecordBytes);
        try
        {
            connection.Stream.Write(bytes[..count]);
        }
        catch (Exception failure) when (PeerLostException.Is(failure))
        {
            throw new PeerLostException(Rank, failure);
        }
        return count;
    }
}

using System.Net.Sockets;
using HealthGpt.Collectives.Links;

namespace HealthGpt.Collectives.Tls;

/// <summary>
/// The encrypted side of a TLS connection. It never blocks: what a synchronous write finds no room for is kept until <see cref="FlushUnsentAsync"/>, and a polled stream reads
/// when it is told that something came, on the thread that tells it.
/// </summary>
internal sealed class CipherStream : Stream
{
    private readonly Socket _socket;
    private byte[] _unsent = [];
    private int _unsentBytes;
    private Memory<byte> _wanted;
    private TaskCompletionSource<int>? _reader;

    public CipherStream(Socket socket)
    {
        _socket = socket;
        socket.Blocking = false;
    }

    /// <summary>Whether reads wait for <see cref="Poll"/> instead of the socket.</summary>
    public bool IsPolled { get; set; }

    public bool HasUnsent => _unsentBytes > 0;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Gives a read that waits what has come; the reader goes on within this call.</summary>
    public void Poll()
    {
        if (_reader is not { } reader)
            return;
        int read = _socket.Receive(_wanted.Span, SocketFlags.None, out SocketError error);
        if (error == SocketError.WouldBlock)
            return;
        _reader = null;
        if (error == SocketError.Success)
            reader.SetResult(read);
        else
            reader.SetException(new SocketException((int)error));
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!IsPolled)
            return SocketBytes.TryRead(_socket, buffer.Span, cancellationToken) ?? await _socket.ReceiveAsync(buffer, SocketFlags.None, cancellationToken);
        // Goes on where it is polled, so that heartbeats are read without the thread pool.
        var reader = new TaskCompletionSource<int>();
        (_wanted, _reader) = (buffer, reader);
        Poll();
        return await reader.Task;
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        int sent = HasUnsent ? 0 : SocketBytes.TryWrite(_socket, buffer);
        ReadOnlySpan<byte> rest = buffer[sent..];
        if (_unsent.Length < _unsentBytes + rest.Length)
            Array.Resize(ref _unsent, Math.Max(2 * _unsent.Length, _unsentBytes + rest.Length));
        rest.CopyTo(_unsent.AsSpan(_unsentBytes));
        _unsentBytes += rest.Length;
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => SocketBytes.WriteAsync(_socket, buffer, cancellationToken);

    public async ValueTask FlushUnsentAsync()
    {
        await SocketBytes.WriteAsync(_socket, _unsent.AsMemory(0, _unsentBytes), CancellationToken.None);
        _unsentBytes = 0;
    }

    public override void Flush()
    {
        // Whoever writes knows what is unsent.
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}

using System.Net.Sockets;
using HealthGpt.Collectives.Links;

namespace HealthGpt.Collectives.Tls;

/// <summary>
/// The encrypted side of a TLS connection. It never blocks: what is written synchronously waits for <see cref="TrySend"/> or <see cref="SendAsync"/>, and a polled stream reads when
/// it is told that something came, on the thread that tells it.
/// </summary>
internal sealed class CipherStream : Stream
{
    private readonly Socket _socket;
    private byte[] _unsent = [];
    private int _unsentStart;
    private int _unsentEnd;
    private byte[] _inbox = [];
    private int _inboxStart;
    private int _inboxEnd;
    private Memory<byte> _wanted;
    private TaskCompletionSource<int>? _reader;

    public CipherStream(Socket socket)
    {
        _socket = socket;
        socket.Blocking = false;
    }

    /// <summary>Whether reads wait for <see cref="Poll"/> instead of the socket.</summary>
    public bool IsPolled { get; set; }

    public bool HasUnsent => _unsentStart < _unsentEnd;

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

    /// <summary>Reads so many bytes at once from here on: TLS asks for a record of 16 KB at most.</summary>
    public void ReadAhead(int bytes) => _inbox = GC.AllocateUninitializedArray<byte>(bytes, pinned: true);

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (IsPolled)
            return await PolledAsync(buffer);
        if (_inbox.Length == 0)
            return await ReceiveAsync(buffer, cancellationToken);
        if (_inboxStart == _inboxEnd)
            (_inboxStart, _inboxEnd) = (0, await ReceiveAsync(_inbox, cancellationToken));
        int count = Math.Min(buffer.Length, _inboxEnd - _inboxStart);
        _inbox.AsSpan(_inboxStart, count).CopyTo(buffer.Span);
        _inboxStart += count;
        return count;
    }

    /// <summary>Keeps the bytes until they are sent.</summary>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (_unsent.Length < _unsentEnd + buffer.Length)
            Array.Resize(ref _unsent, Math.Max(2 * _unsent.Length, _unsentEnd + buffer.Length));
        buffer.CopyTo(_unsent.AsSpan(_unsentEnd));
        _unsentEnd += buffer.Length;
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => SocketBytes.WriteAsync(_socket, buffer, cancellationToken);

    /// <summary>Sends what was written as far as there is room.</summary>
    /// <returns>Whether that was all.</returns>
    public bool TrySend()
    {
        _unsentStart += SocketBytes.TryWrite(_socket, _unsent.AsSpan(_unsentStart.._unsentEnd));
        if (HasUnsent)
            return false;
        _unsentStart = _unsentEnd = 0;
        return true;
    }

    /// <summary>Sends what was written.</summary>
    public async ValueTask SendAsync()
    {
        await SocketBytes.WriteAsync(_socket, _unsent.AsMemory(_unsentStart.._unsentEnd), CancellationToken.None);
        _unsentStart = _unsentEnd = 0;
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

    private async ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellation) =>
        SocketBytes.TryRead(_socket, buffer.Span, cancellation) ?? await _socket.ReceiveAsync(buffer, SocketFlags.None, cancellation);

    private async ValueTask<int> PolledAsync(Memory<byte> buffer)
    {
        // Goes on where it is polled, so that heartbeats are read without the thread pool.
        var reader = new TaskCompletionSource<int>();
        (_wanted, _reader) = (buffer, reader);
        Poll();
        return await reader.Task;
    }
}

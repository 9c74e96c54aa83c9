using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace HealthGpt.Collectives.Links;

/// <summary>
/// The bulk link to one peer: frames over a <see cref="PeerStream"/>. A frame is kind, generation, length, bytes, and starts at a multiple of 64 bytes of the stream, so that
/// what is read in place is aligned. Frames are read by whoever waits for them, straight into place; one who does not read holds up the sender, not this process's memory.
/// </summary>
[SuppressMessage("Reliability", "CA1001", Justification = "Semaphores without a wait handle hold nothing, and late releases may follow the end.")]
internal sealed class DataLink(long generation, PeerStream stream)
{
    private const int Alignment = 64;
    private const int HeaderBytes = 1 + 7 + 8 + 8;
    private const int Small = 16 << 10;

    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly SemaphoreSlim _receiving = new(1, 1);
    private readonly byte[] _header = new byte[Alignment + HeaderBytes];
    private readonly byte[] _outgoing = new byte[Alignment + HeaderBytes + Small];
    private long _sent;
    private long _received;

    public int Rank => stream.Rank;

    public Transport Transport => stream.Transport;

    public async ValueTask SendAsync(FrameKind kind, IReadOnlyList<ReadOnlyMemory<byte>> parts, CancellationToken cancellation)
    {
        await _sending.WaitAsync(cancellation);
        try
        {
            PostFrame(kind, parts);
            await stream.FlushAsync(cancellation);
        }
        finally
        {
            _sending.Release();
        }
    }

    public async ValueTask<byte[]> ReceiveAsync(FrameKind kind, CancellationToken cancellation)
    {
        await _receiving.WaitAsync(cancellation);
        try
        {
            return await ReadFrameAsync(kind, cancellation);
        }
        finally
        {
            _receiving.Release();
        }
    }

    /// <summary>Receives a frame of exactly the bytes of <paramref name="into"/>.</summary>
    public async ValueTask ReceiveAsync(FrameKind kind, IReadOnlyList<Memory<byte>> into, CancellationToken cancellation)
    {
        await _receiving.WaitAsync(cancellation);
        try
        {
            await ReadFrameAsync(kind, into, cancellation);
        }
        finally
        {
            _receiving.Release();
        }
    }

    /// <summary>Takes both directions for an operation that posts and reads piece by piece, until <see cref="Release"/>.</summary>
    public async ValueTask HoldAsync(CancellationToken cancellation)
    {
        await _sending.WaitAsync(cancellation);
        try
        {
            await _receiving.WaitAsync(cancellation);
        }
        catch
        {
            _sending.Release();
            throw;
        }
    }

    public void Release()
    {
        _sending.Release();
        _receiving.Release();
    }

    /// <summary>
    /// Posts a frame of a held link, and what follows it without a frame; all that is small is copied, the rest stays as it is until <see cref="FlushAsync"/> has ended.
    /// </summary>
    public void PostFrame(FrameKind kind, IReadOnlyList<ReadOnlyMemory<byte>> body, IReadOnlyList<ReadOnlyMemory<byte>>? behind = null)
    {
        int pad = (int)(-_sent & (Alignment - 1));
        Span<byte> header = _outgoing.AsSpan(pad, HeaderBytes);
        header[0] = (byte)kind;
        BinaryPrimitives.WriteInt64LittleEndian(header[8..], generation);
        BinaryPrimitives.WriteInt64LittleEndian(header[16..], body.Sum(part => (long)part.Length));
        // A write may be a packet or a wake-up of its own: what is small travels with its header.
        IReadOnlyList<ReadOnlyMemory<byte>> parts = behind is null ? body : [.. body, .. behind];
        int filled = pad + HeaderBytes;
        int next = 0;
        for (; next < parts.Count && filled + parts[next].Length <= _outgoing.Length; filled += parts[next++].Length)
            parts[next].CopyTo(_outgoing.AsMemory(filled));
        _sent += filled;
        stream.PostCopy(_outgoing.AsSpan(0, filled));
        for (; next < parts.Count; next++)
            Post(parts[next]);
    }

    /// <summary>Posts bytes that belong to the last frame's operation.</summary>
    public void Post(ReadOnlyMemory<byte> bytes)
    {
        _sent += bytes.Length;
        stream.Post(bytes);
    }

    public ValueTask FlushAsync(CancellationToken cancellation) => stream.FlushAsync(cancellation);

    public async ValueTask<byte[]> ReadFrameAsync(FrameKind kind, CancellationToken cancellation)
    {
        long length = await ReadHeaderAsync(kind, cancellation);
        if (length > Array.MaxLength)
            throw new OutOfStepException($"rank {Rank} sent a message of {length} bytes, but one holds at most {Array.MaxLength}; send it in parts");
        byte[] bytes = GC.AllocateUninitializedArray<byte>((int)length);
        await ReadAsync(bytes, cancellation);
        return bytes;
    }

    public async ValueTask ReadFrameAsync(FrameKind kind, IReadOnlyList<Memory<byte>> into, CancellationToken cancellation)
    {
        long length = await ReadHeaderAsync(kind, cancellation);
        long expected = into.Sum(part => (long)part.Length);
        if (length != expected)
            throw new OutOfStepException($"rank {Rank} sent {length} bytes of {kind}, but {expected} were expected; pass buffers of the same size on every rank");
        foreach (Memory<byte> part in into)
            await ReadAsync(part, cancellation);
    }

    public ValueTask ReadAsync(Memory<byte> into, CancellationToken cancellation)
    {
        _received += into.Length;
        return stream.ReadAsync(into, cancellation);
    }

    /// <summary>Shows the next bytes of a held link, in place where the stream can; <see cref="Advance"/> takes them.</summary>
    public async ValueTask<PeekedBytes> PeekAsync(int count, CancellationToken cancellation)
    {
        if (count <= stream.LongestPeek)
            return new PeekedBytes(await stream.PeekAsync(count, cancellation), null);
        byte[] rented = ArrayPool<byte>.Shared.Rent(count);
        await stream.ReadAsync(rented.AsMemory(0, count), cancellation);
        return new PeekedBytes(rented.AsMemory(0, count), rented);
    }

    public void Advance(PeekedBytes peeked)
    {
        _received += peeked.Bytes.Length;
        if (peeked.Rented is null)
            stream.Advance(peeked.Bytes.Length);
        else
            ArrayPool<byte>.Shared.Return(peeked.Rented);
    }

    public void Close() => stream.Close();

    public Task SettleAsync() => stream.SettleAsync();

    public void Dispose() => stream.Dispose();

    private async ValueTask<long> ReadHeaderAsync(FrameKind expected, CancellationToken cancellation)
    {
        int pad = (int)(-_received & (Alignment - 1));
        await ReadAsync(_header.AsMemory(0, pad + HeaderBytes), cancellation);
        return CheckHeader(_header.AsSpan(pad, HeaderBytes), expected);
    }

    private long CheckHeader(ReadOnlySpan<byte> header, FrameKind expected)
    {
        long got = BinaryPrimitives.ReadInt64LittleEndian(header[8..]);
        if (got != generation)
            throw new OutOfStepException($"rank {Rank} sent a frame of generation {got} in generation {generation}; form a new generation");
        if (header[0] != (byte)expected)
        {
            throw new OutOfStepException(
                $"rank {Rank} sent {(FrameKind)header[0]} where {expected} was expected; every rank must call the same operations in the same order");
        }
        long length = BinaryPrimitives.ReadInt64LittleEndian(header[16..]);
        return length >= 0 ? length : throw new OutOfStepException($"rank {Rank} sent a frame of {length} bytes; form a new generation");
    }
}

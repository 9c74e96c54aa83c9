using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;

namespace HealthGpt.Collectives.Links;

/// <summary>
/// The bulk connection to one peer. A frame is kind, generation, length, bytes. Frames are read by whoever waits for them, straight into place; one who does not
/// read holds up the sender, not this process's memory.
/// </summary>
[SuppressMessage("Reliability", "CA1001", Justification = "Semaphores without a wait handle hold nothing, and late releases may follow the end.")]
internal sealed class DataLink(int rank, long generation, Socket socket)
{
    private const int HeaderBytes = 1 + 8 + 8;
    private const int Small = 16 << 10;

    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly SemaphoreSlim _receiving = new(1, 1);
    private readonly byte[] _header = new byte[HeaderBytes];
    private readonly byte[] _outgoing = new byte[HeaderBytes + Small];

    public int Rank { get; } = rank;

    public async Task SendAsync(FrameKind kind, IReadOnlyList<ReadOnlyMemory<byte>> parts, CancellationToken cancellation)
    {
        await _sending.WaitAsync(cancellation);
        try
        {
            long length = parts.Sum(part => (long)part.Length);
            _outgoing[0] = (byte)kind;
            BinaryPrimitives.WriteInt64LittleEndian(_outgoing.AsSpan(1), generation);
            BinaryPrimitives.WriteInt64LittleEndian(_outgoing.AsSpan(9), length);
            // With NoDelay each write is a packet: what is small travels with its header.
            int filled = HeaderBytes;
            int next = 0;
            for (; next < parts.Count && filled + parts[next].Length <= _outgoing.Length; filled += parts[next++].Length)
                parts[next].CopyTo(_outgoing.AsMemory(filled));
            await SocketBytes.WriteAsync(socket, _outgoing.AsMemory(0, filled), cancellation);
            for (; next < parts.Count; next++)
                await SocketBytes.WriteAsync(socket, parts[next], cancellation);
        }
        catch (Exception failure) when (IsLoss(failure))
        {
            throw new PeerLostException(Rank, failure);
        }
        finally
        {
            _sending.Release();
        }
    }

    public async Task<byte[]> ReceiveAsync(FrameKind kind, CancellationToken cancellation)
    {
        byte[] bytes = [];
        await ReceiveAsync(kind, async (length, inner) =>
        {
            if (length > Array.MaxLength)
                throw new OutOfStepException($"rank {Rank} sent a message of {length} bytes, but one holds at most {Array.MaxLength}; send it in parts");
            bytes = GC.AllocateUninitializedArray<byte>((int)length);
            await ReadAsync(bytes, inner);
        }, cancellation);
        return bytes;
    }

    /// <summary>Receives a frame of exactly the bytes of <paramref name="into"/>.</summary>
    public Task ReceiveAsync(FrameKind kind, IReadOnlyList<Memory<byte>> into, CancellationToken cancellation) =>
        ReceiveAsync(kind, async (length, inner) =>
        {
            long expected = into.Sum(part => (long)part.Length);
            if (length != expected)
                throw new OutOfStepException($"rank {Rank} sent {length} bytes of {kind}, but {expected} were expected; pass buffers of the same size on every rank");
            foreach (Memory<byte> part in into)
                await ReadAsync(part, inner);
        }, cancellation);

    /// <summary>Receives a frame whose bytes <paramref name="readBody"/> reads, all of them, by <see cref="ReadAsync"/>.</summary>
    public async Task ReceiveAsync(FrameKind kind, Func<long, CancellationToken, Task> readBody, CancellationToken cancellation)
    {
        await _receiving.WaitAsync(cancellation);
        try
        {
            await SocketBytes.ReadExactAsync(socket, _header, cancellation);
            await readBody(CheckHeader(kind), cancellation);
        }
        catch (Exception failure) when (IsLoss(failure))
        {
            throw new PeerLostException(Rank, failure);
        }
        finally
        {
            _receiving.Release();
        }
    }

    public Task ReadAsync(Memory<byte> into, CancellationToken cancellation) => SocketBytes.ReadExactAsync(socket, into, cancellation);

    public void Close() => SocketBytes.Close(socket);

    private long CheckHeader(FrameKind expected)
    {
        long got = BinaryPrimitives.ReadInt64LittleEndian(_header.AsSpan(1));
        if (got != generation)
            throw new OutOfStepException($"rank {Rank} sent a frame of generation {got} in generation {generation}; form a new generation");
        if (_header[0] != (byte)expected)
        {
            throw new OutOfStepException(
                $"rank {Rank} sent {(FrameKind)_header[0]} where {expected} was expected; every rank must call the same operations in the same order");
        }
        long length = BinaryPrimitives.ReadInt64LittleEndian(_header.AsSpan(9));
        return length >= 0 ? length : throw new OutOfStepException($"rank {Rank} sent a frame of {length} bytes; form a new generation");
    }

    private static bool IsLoss(Exception failure) => failure is SocketException or IOException or ObjectDisposedException;
}

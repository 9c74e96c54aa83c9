using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using HealthGpt.Collectives.Links;

namespace HealthGpt.Collectives.SharedMemory;

/// <summary>
/// Bytes from one process to another in a ring that both map. Positions only grow. Each side keeps its own and reads the other's from the segment, never trusting it beyond
/// the ring: a peer out of its mind can spoil a sum, not this process's memory.
/// </summary>
[SuppressMessage("Reliability", "CA1001", Justification = "The memory belongs to the mapping.")]
internal sealed unsafe class SharedRing
{
    /// <summary>Bytes of a ring's positions and flags in the segment's first page.</summary>
    public const int ControlBytes = 4 * Line;

    // Two cache lines, since processors fetch neighbours in pairs.
    private const int Line = 128;

    private readonly MappedFile _mapping;
    private readonly byte* _control;
    private readonly byte* _data;
    private readonly RingMemory _memory;
    private readonly int _rank;
    private long _own;

    /// <param name="mapping">Keeps the memory mapped.</param>
    /// <param name="controlAt">Where the ring's positions lie.</param>
    /// <param name="dataAt">Where its bytes lie, twice.</param>
    /// <param name="bytes">A power of two.</param>
    /// <param name="rank">The peer.</param>
    public SharedRing(MappedFile mapping, int controlAt, long dataAt, int bytes, int rank)
    {
        _mapping = mapping;
        _control = mapping.Address + controlAt;
        _data = mapping.Address + dataAt;
        _memory = new RingMemory(_data, 2 * bytes);
        _rank = rank;
        Bytes = bytes;
    }

    public int Bytes { get; }

    /// <summary>Bytes that the reading side may take.</summary>
    public int Available => Checked(Volatile.Read(ref Written) - _own);

    /// <summary>Bytes that the writing side may add.</summary>
    public int Free => Bytes - Checked(_own - Volatile.Read(ref Taken));

    private ref long Written => ref *(long*)_control;

    private ref long Taken => ref *(long*)(_control + Line);

    private ref int ReaderWaits => ref *(int*)(_control + (2 * Line));

    private ref int WriterWaits => ref *(int*)(_control + (3 * Line));

    /// <summary>Adds what finds room.</summary>
    /// <returns>How much that was, and whether the reader has to be woken.</returns>
    public (int Written, bool Wake) Write(ReadOnlySpan<byte> bytes)
    {
        int count = Math.Min(bytes.Length, Free);
        if (count == 0)
            return (0, false);
        bytes[..count].CopyTo(new Span<byte>(_data + (_own & (Bytes - 1)), count));
        _own += count;
        Volatile.Write(ref Written, _own);
        return (count, Take(ref ReaderWaits));
    }

    /// <summary>The next bytes where they lie.</summary>
    public ReadOnlyMemory<byte> View(int count) => _memory.Memory.Slice((int)(_own & (Bytes - 1)), count);

    /// <summary>Gives bytes that were read back to the writer.</summary>
    /// <returns>Whether the writer has to be woken.</returns>
    public bool Advance(int count)
    {
        _own += count;
        Volatile.Write(ref Taken, _own);
        return Take(ref WriterWaits);
    }

    /// <summary>Asks the writer to wake this side at its next write. Look once more afterwards.</summary>
    public void AskForBytes() => Interlocked.Exchange(ref ReaderWaits, 1);

    /// <summary>Asks the reader to wake this side when it next takes bytes. Look once more afterwards.</summary>
    public void AskForRoom() => Interlocked.Exchange(ref WriterWaits, 1);

    private static bool Take(ref int waits)
    {
        // The position must be seen before the flag is read, or both sides could miss each other.
        Interlocked.MemoryBarrier();
        return Volatile.Read(ref waits) != 0 && Interlocked.Exchange(ref waits, 0) != 0;
    }

    private int Checked(long held)
    {
        GC.KeepAlive(_mapping);
        return held >= 0 && held <= Bytes
            ? (int)held
            : throw new OutOfStepException($"rank {_rank} left {held} bytes in a shared ring of {Bytes}; form a new generation");
    }

    private sealed class RingMemory(byte* data, int length) : MemoryManager<byte>
    {
        public override Span<byte> GetSpan() => new(data, length);

        public override MemoryHandle Pin(int elementIndex = 0) => new(data + elementIndex);

        public override void Unpin()
        {
            // Mapped memory does not move.
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}

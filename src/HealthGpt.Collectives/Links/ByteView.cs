using System.Buffers;
using System.Runtime.InteropServices;

namespace HealthGpt.Collectives.Links;

/// <summary>Memory of numbers as bytes without a copy, so that links read and write them in place. Little-endian, as all supported machines are.</summary>
internal sealed unsafe class ByteView<T>(Memory<T> values) : MemoryManager<byte>
    where T : unmanaged
{
    // A span of bytes holds at most 2 GiB.
    private static readonly int LongestPiece = (1 << 30) / sizeof(T);

    public static IEnumerable<Memory<byte>> Of(Memory<T> values)
    {
        for (; values.Length > LongestPiece; values = values[LongestPiece..])
            yield return new ByteView<T>(values[..LongestPiece]).Memory;
        if (values.Length > 0)
            yield return new ByteView<T>(values).Memory;
    }

    public override Span<byte> GetSpan() => MemoryMarshal.AsBytes(values.Span);

    public override MemoryHandle Pin(int elementIndex = 0)
    {
        MemoryHandle pinned = values.Pin();
        return new MemoryHandle((byte*)pinned.Pointer + elementIndex, pinnable: new Pinned(pinned));
    }

    public override void Unpin()
    {
        // Each pin is undone by its own handle.
    }

    protected override void Dispose(bool disposing)
    {
    }

    private sealed class Pinned(MemoryHandle handle) : IPinnable
    {
        private MemoryHandle _handle = handle;

        public MemoryHandle Pin(int elementIndex) => throw new NotSupportedException("the view is pinned through its owner");

        public void Unpin() => _handle.Dispose();
    }
}

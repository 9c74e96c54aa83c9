using System.Buffers;
using System.Runtime.InteropServices;

namespace HealthGpt.Collectives.Links;

/// <summary>Float memory as bytes without a copy, so that sockets read and write gradients in place. Little-endian, as all supported machines are.</summary>
internal sealed unsafe class ByteView(Memory<float> floats) : MemoryManager<byte>
{
    // A span of bytes holds at most 2 GiB.
    private const int LongestPiece = 1 << 28;

    public static IEnumerable<Memory<byte>> Of(Memory<float> floats)
    {
        for (; floats.Length > LongestPiece; floats = floats[LongestPiece..])
            yield return new ByteView(floats[..LongestPiece]).Memory;
        if (floats.Length > 0)
            yield return new ByteView(floats).Memory;
    }

    public override Span<byte> GetSpan() => MemoryMarshal.AsBytes(floats.Span);

    public override MemoryHandle Pin(int elementIndex = 0)
    {
        MemoryHandle pinned = floats.Pin();
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

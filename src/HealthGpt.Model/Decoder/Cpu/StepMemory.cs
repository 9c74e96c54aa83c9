using System.Runtime.InteropServices;

namespace HealthGpt.Model.Decoder.Cpu;

/// <summary>Float32 vectors of one width, each beginning on a cache line of its own.</summary>
internal sealed unsafe class StepMemory : SafeHandle
{
    private const int Line = 64;

    private int _rows;
    private int _stride;

    /// <summary>Allocates.</summary>
    /// <param name="rows">Vectors.</param>
    /// <param name="width">Elements of each.</param>
    public StepMemory(int rows, int width)
        : base(0, ownsHandle: true) => Grow(rows, width);

    /// <inheritdoc />
    public override bool IsInvalid => handle == 0;

    /// <summary>A vector.</summary>
    public float* this[int row] => (float*)handle + ((long)row * _stride);

    /// <summary>Makes room for more or wider vectors; what they held is lost then.</summary>
    public void Grow(int rows, int width)
    {
        const int LineElements = Line / sizeof(float);
        var stride = (width + LineElements - 1) / LineElements * LineElements;
        if (rows <= _rows && stride <= _stride) return;
        ReleaseHandle();
        (_rows, _stride) = (Math.Max(rows, _rows), Math.Max(stride, _stride));
        SetHandle((nint)NativeMemory.AlignedAlloc((nuint)_rows * (nuint)_stride * sizeof(float), Line));
    }

    /// <inheritdoc />
    protected override bool ReleaseHandle()
    {
        NativeMemory.AlignedFree((void*)handle);
        handle = 0;
        return true;
    }
}

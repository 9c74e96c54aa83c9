using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace HealthGpt.Training.Phases;

/// <summary>A float32 tensor's elements as memory, without a copy.</summary>
internal sealed unsafe class TensorMemory : MemoryManager<float>
{
    private readonly Tensor _tensor;
    private readonly float* _elements;
    private readonly int _length;

    /// <param name="tensor">Contiguous, on the CPU, of at most 2^29 elements; taken over.</param>
    public TensorMemory(Tensor tensor)
    {
        tensor.DetachFromDisposeScope();
        _tensor = tensor;
        _length = checked((int)tensor.numel());
        _elements = (float*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(tensor.bytes));
    }

    /// <inheritdoc/>
    public override Span<float> GetSpan()
    {
        ObjectDisposedException.ThrowIf(_tensor.IsInvalid, this);
        return new Span<float>(_elements, _length);
    }

    /// <inheritdoc/>
    public override MemoryHandle Pin(int elementIndex = 0) => new(_elements + elementIndex);

    /// <inheritdoc/>
    public override void Unpin()
    {
        // Native memory does not move.
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) _tensor.Dispose();
    }
}

using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using HealthGpt.Collectives.Nccl;

namespace HealthGpt.Collectives.Tests.Nccl;

/// <summary>Host memory in the place of a device's.</summary>
internal sealed unsafe class HostVectors : IDeviceVectors, IDisposable
{
    private readonly List<nint> _owned = [];

    public nint Make(long elements)
    {
        nint address = (nint)NativeMemory.AllocZeroed((nuint)elements, sizeof(float));
        _owned.Add(address);
        return address;
    }

    public nint Make(float[] values)
    {
        nint address = Make(Math.Max(1, values.Length));
        values.CopyTo(Span(address, values.Length));
        return address;
    }

    public nint Scratch(long elements) => Make(Math.Max(1, elements));

    public void Add(nint left, nint right, nint into, long count, nint stream) =>
        TensorPrimitives.Add(Span(left, count), Span(right, count), Span(into, count));

    public void Copy(nint from, nint into, long count, nint stream) => Span(from, count).CopyTo(Span(into, count));

    public static Span<float> Span(nint address, long elements) => new((void*)address, (int)elements);

    public void Dispose() => _owned.ForEach(address => NativeMemory.Free((void*)address));
}

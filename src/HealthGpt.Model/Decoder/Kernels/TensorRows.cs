using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Model.Decoder.Kernels;

/// <summary>The memory of a tensor on the CPU, row after row; the tensor must outlive it.</summary>
/// <param name="Data">First element.</param>
/// <param name="Rows">Rows; of a weight the output width of a linear.</param>
/// <param name="Columns">Elements of a row; of a weight the input width.</param>
/// <param name="IsBFloat16">Whether elements are bfloat16, else float32.</param>
internal readonly unsafe record struct TensorRows(nint Data, int Rows, int Columns, bool IsBFloat16)
{
    /// <summary>Elements that kernels work on together; the rows that they are given are whole multiples of it.</summary>
    public const int Lanes = 16;

    /// <summary>Whether a tensor's memory can be read as one.</summary>
    public static bool Fits(Tensor tensor) =>
        tensor.device_type == DeviceType.CPU && tensor.dtype is ScalarType.BFloat16 or ScalarType.Float32 && tensor.is_contiguous();

    /// <summary>The memory of a matrix, or of a vector as one column.</summary>
    public static TensorRows Of(Tensor tensor)
    {
        var shape = tensor.shape;
        return new TensorRows(Address(tensor), checked((int)shape[0]), shape.Length > 1 ? checked((int)shape[1]) : 1, tensor.dtype == ScalarType.BFloat16);
    }

    /// <summary>Whether <see cref="OfLast"/> gives rows that kernels can work on.</summary>
    public static bool FitsLanes(Tensor tensor) => Fits(tensor) && tensor.shape[^1] % Lanes == 0 && tensor.numel() > 0;

    /// <summary>The last dimension as rows, whatever stands before it.</summary>
    public static TensorRows OfLast(Tensor tensor)
    {
        var width = tensor.shape[^1];
        return new TensorRows(Address(tensor), checked((int)(tensor.numel() / width)), checked((int)width), tensor.dtype == ScalarType.BFloat16);
    }

    /// <summary>Where a tensor's memory begins.</summary>
    public static nint Address(Tensor tensor)
    {
        // A span of bytes ends at 2 GiB, so it is taken of the first row alone.
        using var flat = tensor.view(-1);
        using var first = flat.narrow(0, 0, 1);
        return (nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(first.bytes));
    }

    /// <summary>One element.</summary>
    public float this[int at] => IsBFloat16 ? BitConverter.UInt32BitsToSingle((uint)((ushort*)Data)[at] << 16) : ((float*)Data)[at];
}

using HealthGpt.Model.Decoder.Cpu;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Model.Decoder.Kernels;

/// <summary>A contiguous tensor's last dimension as rows in memory; the tensor must outlive it.</summary>
/// <param name="Data">First element.</param>
/// <param name="Count">Rows.</param>
/// <param name="Width">Elements of a row.</param>
/// <param name="IsBFloat16">Whether elements are bfloat16, else float32.</param>
internal readonly unsafe record struct Rows(nint Data, long Count, int Width, bool IsBFloat16)
{
    /// <summary>Elements that are worked on together; widths are whole multiples of it.</summary>
    public const int Lanes = 16;

    /// <summary>Whether a tensor can be read as such: on the CPU, in float32 or bfloat16, contiguous, and of a fitting width.</summary>
    public static bool Fits(Tensor tensor) => WeightMatrix.Fits(tensor) && tensor.shape[^1] % Lanes == 0 && tensor.numel() > 0;

    /// <summary>The rows of a tensor that <see cref="Fits"/>.</summary>
    public static Rows Of(Tensor tensor)
    {
        var width = tensor.shape[^1];
        return new Rows(WeightMatrix.Address(tensor), tensor.numel() / width, checked((int)width), tensor.dtype == ScalarType.BFloat16);
    }

    /// <summary>Where a row begins.</summary>
    public byte* this[long row] => (byte*)Data + (row * Width * (IsBFloat16 ? sizeof(ushort) : sizeof(float)));
}

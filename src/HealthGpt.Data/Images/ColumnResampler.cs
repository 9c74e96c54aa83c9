using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace HealthGpt.Data.Images;

/// <summary>The vertical pass: rows of bytes to another number of rows, each a weighed sum of neighbouring ones.</summary>
internal sealed class ColumnResampler(int inputHeight, int outputHeight, ResampleFilter filter)
{
    private readonly ResampleKernel _kernel = ResampleKernel.Create(inputHeight, outputHeight, filter);

    /// <summary>Multiplications of a column.</summary>
    public long Work => _kernel.Work;

    /// <summary>Computes one row of the output.</summary>
    /// <param name="y">Which row.</param>
    /// <param name="rows">The input.</param>
    /// <param name="output">Takes the row; the input's rows have as many bytes.</param>
    public void Resize(int y, ResampleRows rows, Span<byte> output)
    {
        var first = _kernel.First(y);
        var weights = _kernel.Weights(y);
        var at = 0;
        for (; at + Vector256<byte>.Count <= output.Length; at += Vector256<byte>.Count)
            Block(rows, first, weights, at).CopyTo(output[at..]);
        if (at == output.Length)
            return;
        if (output.Length >= Vector256<byte>.Count)
        {
            // The last block overlaps the one before it.
            at = output.Length - Vector256<byte>.Count;
            Block(rows, first, weights, at).CopyTo(output[at..]);
            return;
        }

        for (; at < output.Length; at++)
            output[at] = Single(rows, first, weights, at);
    }

    private static Vector256<byte> Block(ResampleRows rows, int first, ReadOnlySpan<int> weights, int at)
    {
        var half = Vector256.Create(1 << (ResampleKernel.PrecisionBits - 1));
        Vector256<int> a = half, b = half, c = half, d = half;
        for (var i = 0; i < weights.Length; i++)
        {
            var weight = Vector256.Create(weights[i]);
            var (low, high) = Vector256.Widen(Vector256.LoadUnsafe(ref MemoryMarshal.GetReference(rows[first + i]), (nuint)at));
            var (first8, second8) = Vector256.Widen(low);
            var (third8, fourth8) = Vector256.Widen(high);
            a += first8.AsInt32() * weight;
            b += second8.AsInt32() * weight;
            c += third8.AsInt32() * weight;
            d += fourth8.AsInt32() * weight;
        }

        return Vector256.Narrow(Vector256.Narrow(Clip(a), Clip(b)), Vector256.Narrow(Clip(c), Clip(d)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Clip(Vector256<int> value) =>
        Vector256.Min(Vector256.Max(value >> ResampleKernel.PrecisionBits, Vector256<int>.Zero), Vector256.Create(255)).AsUInt32();

    private static byte Single(ResampleRows rows, int first, ReadOnlySpan<int> weights, int at)
    {
        var sum = 1 << (ResampleKernel.PrecisionBits - 1);
        for (var i = 0; i < weights.Length; i++)
            sum += rows[first + i][at] * weights[i];
        return (byte)Math.Clamp(sum >> ResampleKernel.PrecisionBits, 0, 255);
    }
}

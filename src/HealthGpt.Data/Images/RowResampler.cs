using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace HealthGpt.Data.Images;

/// <summary>The horizontal pass: one row of RGB bytes to a row of another width. Two pixels are weighed at once, as lanes of red, green, blue and nothing.</summary>
internal sealed class RowResampler
{
    private const int Lanes = 4;
    private const int PairLanes = 2 * Lanes;

    private readonly int _inputWidth;
    private readonly int[] _firsts;
    private readonly int[] _pairs;
    private readonly int[] _starts;
    private readonly int[] _weights;

    public RowResampler(int inputWidth, int outputWidth, ResampleFilter filter)
    {
        _inputWidth = inputWidth;
        var kernel = ResampleKernel.Create(inputWidth, outputWidth, filter);
        (_firsts, _pairs, _starts) = (new int[outputWidth], new int[outputWidth], new int[outputWidth]);
        var total = 0;
        for (var x = 0; x < outputWidth; x++)
        {
            _firsts[x] = kernel.First(x) * Lanes;
            _pairs[x] = (kernel.Weights(x).Length + 1) / 2;
            _starts[x] = total;
            total += _pairs[x] * PairLanes;
        }

        _weights = new int[total];
        for (var x = 0; x < outputWidth; x++)
        {
            var weights = kernel.Weights(x);
            for (var i = 0; i < weights.Length; i++)
                _weights.AsSpan(_starts[x] + (i * Lanes), Lanes).Fill(weights[i]);
        }
    }

    /// <summary>Multiplications of a row.</summary>
    public long Work => _weights.Length;

    /// <summary>A row of the input as lanes, with room for the pixel that an odd number of weights reaches beyond it.</summary>
    public int[] MakeLanes() => new int[(_inputWidth + 1) * Lanes];

    /// <summary>Spreads RGB bytes over the lanes from a pixel on.</summary>
    public static void Spread(ReadOnlySpan<byte> row, Span<int> lanes, int firstPixel)
    {
        var target = lanes.Slice(firstPixel * Lanes, row.Length / 3 * Lanes);
        ref var from = ref MemoryMarshal.GetReference(row);
        ref var to = ref Unsafe.As<int, uint>(ref MemoryMarshal.GetReference(target));
        var order = Vector128.Create((byte)0, 1, 2, 0x80, 3, 4, 5, 0x80, 6, 7, 8, 0x80, 9, 10, 11, 0x80);
        var pixel = 0;
        for (; (pixel * 3) + Vector128<byte>.Count <= row.Length; pixel += 4)
        {
            var four = Vector128.Shuffle(Vector128.LoadUnsafe(ref from, (nuint)(pixel * 3)), order);
            var (low, high) = Vector128.Widen(four);
            var (first, second) = Vector128.Widen(low);
            var (third, fourth) = Vector128.Widen(high);
            var at = (nuint)(pixel * Lanes);
            first.StoreUnsafe(ref to, at);
            second.StoreUnsafe(ref to, at + 4);
            third.StoreUnsafe(ref to, at + 8);
            fourth.StoreUnsafe(ref to, at + 12);
        }

        for (; pixel * 3 < row.Length; pixel++)
        {
            for (var channel = 0; channel < 3; channel++)
                target[(pixel * Lanes) + channel] = row[(pixel * 3) + channel];
        }
    }

    /// <summary>Weighs the lanes of a row.</summary>
    /// <param name="lanes">A row as <see cref="MakeLanes"/> makes it.</param>
    /// <param name="output">Takes three bytes a pixel.</param>
    public void Resize(ReadOnlySpan<int> lanes, Span<byte> output)
    {
        // The loads and stores below are unchecked: every weight's pixel lies in a row of this many lanes.
        ArgumentOutOfRangeException.ThrowIfLessThan(lanes.Length, (_inputWidth + 1) * Lanes);
        ArgumentOutOfRangeException.ThrowIfNotEqual(output.Length, _firsts.Length * 3);
        ref var source = ref MemoryMarshal.GetReference(lanes);
        ref var target = ref MemoryMarshal.GetReference(output);
        var last = _firsts.Length - 1;
        // Four bytes are written a pixel; the next pixel overwrites the one too many.
        for (var x = 0; x < last; x++)
            Unsafe.WriteUnaligned(ref Unsafe.Add(ref target, x * 3), Weigh(ref source, x));
        var bytes = Weigh(ref source, last);
        for (var channel = 0; channel < 3; channel++)
            output[(last * 3) + channel] = (byte)(bytes >> (8 * channel));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint Weigh(ref int source, int x)
    {
        var sum = Vector256<int>.Zero;
        ref var weights = ref MemoryMarshal.GetArrayDataReference(_weights);
        nuint from = (nuint)_firsts[x], weight = (nuint)_starts[x];
        for (var pair = _pairs[x]; pair > 0; pair--, from += PairLanes, weight += PairLanes)
            sum += Vector256.LoadUnsafe(ref source, from) * Vector256.LoadUnsafe(ref weights, weight);
        return Bytes(sum.GetLower() + sum.GetUpper());
    }

    private static uint Bytes(Vector128<int> sum)
    {
        const int half = 1 << (ResampleKernel.PrecisionBits - 1);
        var value = (sum + Vector128.Create(half)) >> ResampleKernel.PrecisionBits;
        var clipped = Vector128.Min(Vector128.Max(value, Vector128<int>.Zero), Vector128.Create(255));
        return Vector128.Shuffle(clipped.AsByte(), Vector128.Create((byte)0, 4, 8, 12, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80)).AsUInt32().ToScalar();
    }
}

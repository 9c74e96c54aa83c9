using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text;
using static TorchSharp.torch;

namespace HealthGpt.Model.Synthesis;

/// <summary>
/// Uniform random numbers as elements of a tensor, made several gigabytes a second a core: eight interleaved xoshiro128++ generators (Blackman and Vigna, "Scrambled linear
/// pseudorandom number generators", 2021), each block of a tensor seeded by itself. The bits depend on seed, tensor and block alone, not on the machine.
/// </summary>
internal static class RandomElements
{
    /// <summary>Elements of one block.</summary>
    public const int Block = 1 << 20;

    /// <summary>Fills a block of a tensor.</summary>
    /// <param name="target">Whole elements, at most <see cref="Block"/> of them.</param>
    /// <param name="type">Their type: float32, float16 or bfloat16.</param>
    /// <param name="bound">Numbers lie within this distance of zero.</param>
    /// <param name="seed">The seed of all.</param>
    /// <param name="tensor">The tensor's name.</param>
    /// <param name="block">Which of its blocks.</param>
    public static void Fill(Span<byte> target, ScalarType type, float bound, ulong seed, string tensor, long block)
    {
        var random = new Generators(Mix(seed ^ Mix(HashOf(tensor)) ^ Mix((ulong)block + 1)));
        switch (type)
        {
            case ScalarType.Float32:
                FillSingle(MemoryMarshal.Cast<byte, float>(target), bound, random);
                break;
            case ScalarType.BFloat16:
                FillShort(MemoryMarshal.Cast<byte, ushort>(target), bound, random, BFloat16);
                break;
            case ScalarType.Float16:
                FillShort(MemoryMarshal.Cast<byte, ushort>(target), bound, random, Half16);
                break;
            default:
                throw new NotSupportedException($"random weights are float32, float16 or bfloat16, not {type}");
        }
    }

    private static void FillSingle(Span<float> target, float bound, Generators random)
    {
        Span<float> rest = stackalloc float[8];
        var scale = bound / int.MaxValue;
        for (; target.Length >= 8; target = target[8..]) (Vector256.ConvertToSingle(random.Next().AsInt32()) * scale).CopyTo(target);
        if (target.Length == 0) return;
        (Vector256.ConvertToSingle(random.Next().AsInt32()) * scale).CopyTo(rest);
        rest[..target.Length].CopyTo(target);
    }

    // Sixteen bits make one number: the element holds no more.
    private static void FillShort(Span<ushort> target, float bound, Generators random, Func<Vector256<float>, Vector256<uint>> round)
    {
        Span<ushort> rest = stackalloc ushort[16];
        var scale = bound / short.MaxValue;
        for (; target.Length >= 16; target = target[16..]) Next(random, scale, round).CopyTo(target);
        if (target.Length == 0) return;
        Next(random, scale, round).CopyTo(rest);
        rest[..target.Length].CopyTo(target);
    }

    private static Vector256<ushort> Next(Generators random, float scale, Func<Vector256<float>, Vector256<uint>> round)
    {
        var (low, high) = Vector256.Widen(random.Next().AsInt16());
        return Vector256.Narrow(round(Vector256.ConvertToSingle(low) * scale), round(Vector256.ConvertToSingle(high) * scale));
    }

    private static Vector256<uint> BFloat16(Vector256<float> numbers) => numbers.AsUInt32() >> 16;

    private static Vector256<uint> Half16(Vector256<float> numbers)
    {
        Span<uint> bits = stackalloc uint[8];
        for (var at = 0; at < 8; at++) bits[at] = BitConverter.HalfToUInt16Bits((Half)numbers[at]);
        return Vector256.Create<uint>(bits);
    }

    private static ulong HashOf(string name)
    {
        // FNV-1a: the same on every machine, which a string's own hash is not.
        var hash = 14695981039346656037UL;
        foreach (var value in Encoding.UTF8.GetBytes(name)) hash = (hash ^ value) * 1099511628211UL;
        return hash;
    }

    /// <summary>SplitMix64's finaliser.</summary>
    private static ulong Mix(ulong x)
    {
        x += 0x9E3779B97F4A7C15;
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return x ^ (x >> 31);
    }

    private sealed class Generators
    {
        private Vector256<uint> _a, _b, _c, _d;

        public Generators(ulong seed)
        {
            Span<ulong> state = stackalloc ulong[16];
            for (var at = 0; at < state.Length; at++) state[at] = Mix(seed + (ulong)at);
            var words = MemoryMarshal.Cast<ulong, uint>(state);
            (_a, _b, _c, _d) = (Vector256.Create<uint>(words), Vector256.Create<uint>(words[8..]), Vector256.Create<uint>(words[16..]), Vector256.Create<uint>(words[24..]));
        }

        public Vector256<uint> Next()
        {
            var result = Rotate(_a + _d, 7) + _a;
            var shifted = _b << 9;
            _c ^= _a;
            _d ^= _b;
            _b ^= _c;
            _a ^= _d;
            _c ^= shifted;
            _d = Rotate(_d, 11);
            return result;
        }

        private static Vector256<uint> Rotate(Vector256<uint> x, int bits) => (x << bits) | (x >>> (32 - bits));
    }
}

using System.Numerics;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace HealthGpt.Benchmarks.Decoding;

/// <summary>Reads the bytes of weights as fast as the memory gives them, and does nothing with them: the floor under the time of a token.</summary>
internal static class WeightStream
{
    /// <summary>Reads each weight once, each thread a part of it.</summary>
    /// <param name="weights">The weights.</param>
    /// <param name="threads">Threads.</param>
    /// <param name="times">How often.</param>
    public static ulong Read(IReadOnlyList<Tensor> weights, int threads, int times)
    {
        var sums = new ulong[threads];
        var readers = Enumerable.Range(0, threads).Select(thread => new Thread(() =>
        {
            for (var time = 0; time < times; time++)
                foreach (var weight in weights) sums[thread] += Sum(MemoryMarshal.Cast<byte, ulong>(weight.bytes), thread, threads);
        })).ToArray();
        foreach (var reader in readers) reader.Start();
        foreach (var reader in readers) reader.Join();
        return sums.Aggregate(0UL, (total, sum) => total + sum);
    }

    private static ulong Sum(ReadOnlySpan<ulong> data, int part, int parts)
    {
        data = data[(int)((long)data.Length * part / parts)..(int)((long)data.Length * (part + 1) / parts)];
        var vectors = MemoryMarshal.Cast<ulong, Vector<ulong>>(data);
        Vector<ulong> a = default, b = default, c = default, d = default;
        var at = 0;
        for (; at + 4 <= vectors.Length; at += 4)
        {
            a += vectors[at];
            b += vectors[at + 1];
            c += vectors[at + 2];
            d += vectors[at + 3];
        }

        return Vector.Sum(a + b + c + d);
    }
}

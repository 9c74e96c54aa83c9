using System.Numerics;
using System.Text;

namespace HealthGpt.Data.Samples;

/// <summary>
/// The order in which samples are drawn: each epoch is a permutation of all of them, and any position is found without the ones before it, so that
/// replicas and restarts agree on it by the job alone.
/// </summary>
/// <param name="Seed">The job's seed.</param>
/// <param name="Stream">A name that keeps the orders of several uses of one seed apart.</param>
/// <param name="Count">Samples of an epoch; at least 1.</param>
public readonly record struct SampleOrder(ulong Seed, string Stream, int Count)
{
    private const int Rounds = 4;

    /// <summary>The sample to draw.</summary>
    /// <param name="n">How many were drawn before, over all epochs.</param>
    /// <returns>An index below <see cref="Count"/>.</returns>
    public int IndexAt(long n)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Count, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(n);
        if (Count == 1)
            return 0;
        var key = Mix(Mix(Seed ^ HashOf(Stream)) + (ulong)(n / Count));
        var halfBits = (BitOperations.Log2((uint)Count - 1) + 2) / 2;
        // Walking the cycle until it is back in range turns a permutation of a power of four into one of Count values.
        var value = (ulong)(n % Count);
        do
            value = Permute(value, halfBits, key);
        while (value >= (ulong)Count);
        return (int)value;
    }

    private static ulong Permute(ulong value, int halfBits, ulong key)
    {
        var mask = (1UL << halfBits) - 1;
        ulong left = value >> halfBits, right = value & mask;
        for (var round = 0; round < Rounds; round++)
            (left, right) = (right, left ^ (Mix(right ^ Mix(key + (ulong)round)) & mask));
        return (left << halfBits) | right;
    }

    // The finisher of SplitMix64, with its increment.
    private static ulong Mix(ulong value)
    {
        value += 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }

    // FNV-1a: string.GetHashCode differs from process to process.
    private static ulong HashOf(string text)
    {
        var hash = 0xCBF29CE484222325;
        foreach (var value in Encoding.UTF8.GetBytes(text))
            hash = (hash ^ value) * 0x100000001B3;
        return hash;
    }
}

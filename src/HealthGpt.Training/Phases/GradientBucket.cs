namespace HealthGpt.Training.Phases;

/// <summary>A contiguous part of the flat gradient that is exchanged in one piece.</summary>
/// <param name="Start">First element.</param>
/// <param name="Length">Number of elements.</param>
/// <param name="Boundary">
/// The block at whose input the backward pass is done with it; <see cref="AfterBlocks"/> where it is so before the first block, <see cref="AtEnd"/> where only the end of the pass is.
/// </param>
internal sealed record GradientBucket(long Start, int Length, int Boundary)
{
    /// <summary>Of what lies behind all blocks: the head.</summary>
    public const int AfterBlocks = int.MaxValue;

    /// <summary>Of what lies before all blocks: adapter and embedding.</summary>
    public const int AtEnd = -1;

    // A smaller one costs more than it hides.
    private const int Least = 1 << 18;

    // What the sums of a rank's shards are held in.
    private const int Most = 1 << 24;

    /// <summary>Cuts a flat vector.</summary>
    /// <param name="parts">Length and boundary of its parts in flat order, boundaries descending.</param>
    /// <returns>Buckets in flat order, which is the order in which they are exchanged.</returns>
    public static IReadOnlyList<GradientBucket> Cut(IEnumerable<(long Length, int Boundary)> parts)
    {
        var buckets = new List<GradientBucket>();
        long start = 0, length = 0;
        var boundary = AfterBlocks;
        void Close()
        {
            for (; length > 0; length -= buckets[^1].Length, start += buckets[^1].Length)
                buckets.Add(new GradientBucket(start, (int)Math.Min(length, Most), boundary));
        }

        foreach (var part in parts)
        {
            if (part.Boundary != boundary && length >= Least) Close();
            length += part.Length;
            boundary = part.Boundary;
        }

        Close();
        return buckets;
    }
}

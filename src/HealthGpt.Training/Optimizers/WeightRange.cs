namespace HealthGpt.Training.Optimizers;

/// <summary>A contiguous part of the flat trained weights.</summary>
/// <param name="Start">First element.</param>
/// <param name="Length">Number of elements.</param>
internal readonly record struct WeightRange(long Start, long Length)
{
    // What is sent, received or summed in one piece.
    private const long Piece = 1 << 24;

    /// <summary>The element after the last.</summary>
    public long End => Start + Length;

    /// <summary>What two ranges share; of no length where they share nothing.</summary>
    public WeightRange And(WeightRange other)
    {
        var start = Math.Max(Start, other.Start);
        return new WeightRange(start, Math.Max(0, Math.Min(End, other.End) - start));
    }

    /// <summary>The range in pieces that fit a message.</summary>
    public IEnumerable<WeightRange> Pieces()
    {
        for (var start = Start; start < End; start += Piece) yield return new WeightRange(start, Math.Min(Piece, End - start));
    }
}

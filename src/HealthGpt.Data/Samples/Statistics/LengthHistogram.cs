namespace HealthGpt.Data.Samples.Statistics;

/// <summary>How often each length occurs. Lengths above 1000 keep three digits, so that its size is bounded.</summary>
public sealed class LengthHistogram
{
    private const int Exact = 1000;

    private readonly SortedDictionary<int, long> _counts = [];
    private double _sum;

    /// <summary>How many lengths there are.</summary>
    public long Count { get; private set; }

    /// <summary>The shortest; 0 if there is none.</summary>
    public int Least { get; private set; }

    /// <summary>The longest; 0 if there is none.</summary>
    public int Most { get; private set; }

    /// <summary>The mean; 0 if there is none.</summary>
    public double Mean => Count == 0 ? 0 : _sum / Count;

    /// <summary>The middle one.</summary>
    public int Median => At(0.5);

    /// <summary>The one that 95 of 100 do not exceed.</summary>
    public int Percentile95 => At(0.95);

    /// <summary>Adds a length.</summary>
    /// <param name="length">The length; at least 0.</param>
    public void Add(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        (Least, Most) = Count == 0 ? (length, length) : (Math.Min(Least, length), Math.Max(Most, length));
        Count++;
        _sum += length;
        var key = Kept(length);
        _counts[key] = _counts.GetValueOrDefault(key) + 1;
    }

    /// <summary>How often lengths occur that need so many bits: 0, 1, 2 to 3, 4 to 7, and so on.</summary>
    public IReadOnlyList<long> ByBits()
    {
        var bins = new long[33 - int.LeadingZeroCount(Most)];
        foreach (var (length, count) in _counts)
            bins[32 - int.LeadingZeroCount(length)] += count;
        return bins;
    }

    private static int Kept(int length)
    {
        var unit = 1;
        while (length / unit >= Exact)
            unit *= 10;
        return length / unit * unit;
    }

    private int At(double share)
    {
        var before = 0L;
        foreach (var (length, count) in _counts)
        {
            before += count;
            if (before >= share * Count)
                return Math.Max(length, Least);
        }

        return Most;
    }
}

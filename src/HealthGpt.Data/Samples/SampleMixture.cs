namespace HealthGpt.Data.Samples;

/// <summary>
/// The endless list of samples of a job: parts take turns by weight, and each part's samples come once an epoch in an order of their own. Every place is
/// computed by itself, so that workers, restarts and other numbers of workers agree without telling each other anything.
/// </summary>
public sealed class SampleMixture
{
    private readonly MixturePart[] _parts;
    private readonly SampleOrder[] _orders;
    private readonly Fork? _root;

    /// <summary>Makes the list.</summary>
    /// <param name="seed">The job's seed.</param>
    /// <param name="dataset">What tells the dataset from others, such as a hash of what it holds: another dataset has another order.</param>
    /// <param name="parts">What is mixed; at least one.</param>
    /// <exception cref="ArgumentException">A part has no samples, no weight or the name of another.</exception>
    public SampleMixture(ulong seed, string dataset, IReadOnlyList<MixturePart> parts)
    {
        Check(parts);
        _parts = [.. parts];
        _orders = [.. parts.Select(part => new SampleOrder(seed, $"{dataset}/{part.Name}", part.Count))];
        _root = Fork.Over(_parts, 0, _parts.Length);
    }

    /// <summary>What is mixed.</summary>
    public IReadOnlyList<MixturePart> Parts => _parts;

    /// <summary>The sample at a place; takes as long for any.</summary>
    /// <param name="n">How many were drawn before, over all parts and epochs.</param>
    /// <returns>The part and its sample.</returns>
    public MixtureDraw At(long n)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(n);
        var (part, before) = (0, n);
        for (var fork = _root; fork is not null;)
            (part, before, fork) = fork.Take(before);
        return new MixtureDraw(part, _orders[part].IndexAt(before), before / _parts[part].Count);
    }

    /// <summary>The places that one worker computes of a step. Those of all workers, one after another, are the step's, however many there are.</summary>
    /// <param name="step">The step, from 0.</param>
    /// <param name="batch">Samples of a step over all workers; at least 1.</param>
    /// <param name="rank">The worker, from 0.</param>
    /// <param name="worldSize">How many workers there are.</param>
    /// <returns>The first place and the one after the last.</returns>
    public static (long First, long End) PlacesOf(long step, int batch, int rank, int worldSize)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        ArgumentOutOfRangeException.ThrowIfLessThan(batch, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(rank);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(rank, worldSize);
        var start = checked(step * batch);
        return (start + ((long)batch * rank / worldSize), start + ((long)batch * (rank + 1) / worldSize));
    }

    private static void Check(IReadOnlyList<MixturePart> parts)
    {
        if (parts.Count == 0)
            throw new ArgumentException("there are no parts to mix; name at least one task with samples", nameof(parts));
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var part in parts)
        {
            if (part.Count < 1)
                throw new ArgumentException($"part '{part.Name}' has {part.Count} samples, but must have at least 1; leave it out or add samples", nameof(parts));
            if (!(part.Weight > 0 && double.IsFinite(part.Weight)))
                throw new ArgumentException($"the weight of part '{part.Name}' is {part.Weight}, but must be a number above 0; leave the part out to draw none of it", nameof(parts));
            if (!names.Add(part.Name))
                throw new ArgumentException($"two parts are called '{part.Name}', so their orders would be one; give each its own name", nameof(parts));
        }
    }

    /// <summary>
    /// Splits a list of places in two by weight, as evenly as whole numbers can: of the first n the left side has n times its share, rounded. Halving the
    /// parts again and again gives each its share at every length, and its place in its own list without counting.
    /// </summary>
    private sealed class Fork
    {
        private readonly int _firstPart;
        private readonly int _middlePart;
        private readonly ulong _leftShare;
        private readonly Fork? _left;
        private readonly Fork? _right;

        private Fork(MixturePart[] parts, int first, int middle, int end)
        {
            (_firstPart, _middlePart) = (first, middle);
            _leftShare = ShareOf(parts[first..middle].Sum(part => part.Weight / Largest(parts)), parts[middle..end].Sum(part => part.Weight / Largest(parts)));
            (_left, _right) = (Over(parts, first, middle), Over(parts, middle, end));
        }

        public static Fork? Over(MixturePart[] parts, int first, int end) => end - first < 2 ? null : new Fork(parts, first, (first + end) / 2, end);

        public (int Part, long Before, Fork? Next) Take(long n)
        {
            var before = LeftBefore((ulong)n);
            return LeftBefore((ulong)n + 1) > before ? (_firstPart, before, _left) : (_middlePart, n - before, _right);
        }

        private static double Largest(MixturePart[] parts) => parts.Max(part => part.Weight);

        // In units of 2^-64, so that the counts are exact however far out; neither side is ever without a share.
        private static ulong ShareOf(double left, double right)
        {
            var share = Math.ScaleB(left / (left + right), 64);
            return share >= ulong.MaxValue ? ulong.MaxValue : Math.Max(1, (ulong)share);
        }

        private long LeftBefore(ulong n) => (long)(((UInt128)n * _leftShare + (UInt128.One << 63)) >> 64);
    }
}

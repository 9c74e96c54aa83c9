namespace HealthGpt.Data.Metrics;

/// <summary>
/// Confidence intervals by the percentile bootstrap (Efron and Tibshirani 1993, chapter 13): samples are drawn anew with replacement and the middle of the
/// figures they give is kept. Samples that depend on each other, such as questions about one picture, are drawn together as a cluster (Davison and Hinkley
/// 1997, section 3.8). The same seed gives the same interval on every machine.
/// </summary>
public sealed record Bootstrap
{
    /// <summary>How often samples are drawn anew; at least 1.</summary>
    public int Resamples { get; init; } = 2000;

    /// <summary>The share of figures that the interval holds, between 0 and 1.</summary>
    public double Confidence { get; init; } = 0.95;

    /// <summary>Where the random draws start.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>The cluster of each sample, any number for each; null where each sample is one by itself.</summary>
    public IReadOnlyList<int>? Clusters { get; init; }

    /// <summary>The mean of a figure that each sample has, such as 1 for a right answer.</summary>
    /// <param name="values">The samples' figures; at least one, all finite.</param>
    /// <returns>The mean and its interval.</returns>
    public ConfidenceInterval OfMean(IReadOnlyList<double> values)
    {
        Check(values, nameof(values));
        return Of(values.Count, samples => Mean(values, samples));
    }

    /// <summary>A figure that only all samples together have, such as BLEU of a corpus.</summary>
    /// <param name="count">How many samples there are; at least one.</param>
    /// <param name="figure">Computes it from the numbers of the drawn samples, from 0, some of them several times.</param>
    /// <returns>The figure of all samples once each and its interval, which has no ends where all samples are of one cluster.</returns>
    public ConfidenceInterval Of(int count, Func<IReadOnlyList<int>, double> figure)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Resamples, 1);
        if (!(Confidence is > 0 and < 1))
            throw new InvalidOperationException($"the confidence is {Confidence}, but must lie between 0 and 1");
        var estimate = figure([.. Enumerable.Range(0, count)]);
        var figures = new double[Resamples];
        var clusters = ClustersOf(count);
        // Every draw would be the same, and an interval of no width would look like certainty.
        if (clusters.Length == 1)
            return new ConfidenceInterval(estimate, double.NaN, double.NaN);
        var samples = new List<int>(count);
        var state = Seed;
        for (var i = 0; i < figures.Length; i++)
        {
            samples.Clear();
            for (var j = 0; j < clusters.Length; j++)
                samples.AddRange(clusters[(int)Math.BigMul(Next(ref state), (ulong)clusters.Length, out _)]);
            figures[i] = figure(samples);
        }

        Array.Sort(figures);
        var tail = (1 - Confidence) / 2;
        return new ConfidenceInterval(estimate, Quantile(figures, tail), Quantile(figures, 1 - tail));
    }

    /// <summary>
    /// The difference of two means over the same samples. What makes a sample hard for both falls out, so the interval is narrower than the two intervals suggest.
    /// </summary>
    /// <param name="first">The samples' figures of one.</param>
    /// <param name="second">Those of the other, sample by sample.</param>
    /// <returns>First minus second and its interval.</returns>
    public ConfidenceInterval OfDifference(IReadOnlyList<double> first, IReadOnlyList<double> second)
    {
        Check(first, nameof(first));
        Check(second, nameof(second));
        if (first.Count != second.Count)
            throw new ArgumentException($"only figures of the same samples can be paired, not {first.Count} with {second.Count}", nameof(second));
        return OfMean([.. first.Zip(second, (a, b) => a - b)]);
    }

    /// <summary>The difference of two figures that only all samples together have, both computed from the same draws (Koehn 2004).</summary>
    /// <param name="count">How many samples there are; at least one.</param>
    /// <param name="first">Computes the one from the numbers of the drawn samples.</param>
    /// <param name="second">Computes the other.</param>
    /// <returns>First minus second and its interval.</returns>
    public ConfidenceInterval OfDifference(int count, Func<IReadOnlyList<int>, double> first, Func<IReadOnlyList<int>, double> second) =>
        Of(count, samples => first(samples) - second(samples));

    private int[][] ClustersOf(int count)
    {
        if (Clusters is null)
            return [.. Enumerable.Range(0, count).Select(sample => (int[])[sample])];
        if (Clusters.Count != count)
            throw new InvalidOperationException($"clusters are told of {Clusters.Count} samples, but there are {count}");
        return [.. Enumerable.Range(0, count).GroupBy(sample => Clusters[sample]).Select(cluster => cluster.ToArray())];
    }

    private static double Mean(IReadOnlyList<double> values, IReadOnlyList<int> samples)
    {
        var sum = 0.0;
        for (var i = 0; i < samples.Count; i++)
            sum += values[samples[i]];
        return sum / samples.Count;
    }

    private static void Check(IReadOnlyList<double> values, string name)
    {
        if (values.Count == 0)
            throw new ArgumentException("there are no samples, so there is no mean", name);
        for (var i = 0; i < values.Count; i++)
        {
            if (!double.IsFinite(values[i]))
                throw new ArgumentException($"sample {i} has {values[i]}, but a mean needs finite figures; leave it out or bound it", name);
        }
    }

    private static double Quantile(double[] sorted, double share)
    {
        var place = share * (sorted.Length - 1);
        var below = (int)place;
        var above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((place - below) * (sorted[above] - sorted[below]));
    }

    // SplitMix64: System.Random promises no sequence across versions.
    private static ulong Next(ref ulong state)
    {
        var value = state += 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}

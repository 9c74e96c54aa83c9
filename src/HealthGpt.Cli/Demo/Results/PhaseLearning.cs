namespace HealthGpt.Cli.Demo.Results;

/// <summary>Whether a phase learnt: its mean loss in the last fifth of its steps against the first fifth.</summary>
internal sealed record PhaseLearning
{
    public required string Stage { get; init; }

    public required string Kind { get; init; }

    public required string Phase { get; init; }

    public required int Steps { get; init; }

    public required double FirstFifth { get; init; }

    public required double LastFifth { get; init; }

    /// <summary>Of the difference between the two means.</summary>
    public required double StandardError { get; init; }

    /// <summary>The loss fell by at least twice the standard error.</summary>
    public bool Learnt => FirstFifth - LastFifth >= 2 * StandardError && FirstFifth > LastFifth;

    public static PhaseLearning Of(string stage, string kind, string phase, IReadOnlyList<double> losses)
    {
        var fifth = Math.Max(1, losses.Count / 5);
        var first = losses.Take(fifth).ToArray();
        var last = losses.Skip(losses.Count - fifth).ToArray();
        return new PhaseLearning
        {
            Stage = stage,
            Kind = kind,
            Phase = phase,
            Steps = losses.Count,
            FirstFifth = first.DefaultIfEmpty(double.NaN).Average(),
            LastFifth = last.DefaultIfEmpty(double.NaN).Average(),
            StandardError = Math.Sqrt(VarianceOfMean(first) + VarianceOfMean(last)),
        };
    }

    private static double VarianceOfMean(double[] values)
    {
        if (values.Length < 2)
            return 0;

        var mean = values.Average();
        return values.Sum(value => (value - mean) * (value - mean)) / (values.Length - 1) / values.Length;
    }
}

namespace HealthGpt.Benchmarks.Measuring;

/// <summary>One row of the table: a baseline and what is compared with it, measured in turns.</summary>
internal sealed record Comparison
{
    /// <summary>The benchmark it belongs to.</summary>
    public required string Benchmark { get; init; }

    /// <summary>What both sides do.</summary>
    public required string Case { get; init; }

    public required string Baseline { get; init; }

    public required string Candidate { get; init; }

    /// <summary>Seconds of one run of the baseline.</summary>
    public required Spread BaselineSeconds { get; init; }

    /// <summary>Seconds of one run of the candidate.</summary>
    public required Spread CandidateSeconds { get; init; }

    /// <summary>How many times as fast the candidate is, from neighbouring pairs of samples: what slows the machine for a while slows both of a pair.</summary>
    public required Spread Ratio { get; init; }

    /// <summary>Pairs of samples.</summary>
    public required int Pairs { get; init; }

    public Work? Work { get; init; }

    public string? BaselineNote { get; init; }

    public string? CandidateNote { get; init; }
}

namespace HealthGpt.Benchmarks.Measuring;

/// <summary>Measures two sides in one run: warm-up, then pairs of samples whose order changes from pair to pair.</summary>
/// <param name="budget">How long one comparison may go on once it has its fewest pairs.</param>
/// <param name="report">Hears of every finished comparison.</param>
/// <param name="cancellationToken">Stops between samples.</param>
internal sealed class Meter(TimeSpan budget, Action<Comparison> report, CancellationToken cancellationToken)
{
    private const int FewestPairs = 7;
    private const int MostPairs = 101;
    private const int WarmUps = 2;

    // A sample shorter than this would measure the clock and the scheduler.
    private static readonly TimeSpan ShortestSample = TimeSpan.FromMilliseconds(20);

    public CancellationToken CancellationToken => cancellationToken;

    /// <summary>Measures and reports one comparison.</summary>
    public void Compare(string benchmark, string what, Side baseline, Side candidate, Work? work = null)
    {
        var (baselineRuns, candidateRuns) = (WarmUp(baseline), WarmUp(candidate));
        var pairs = new List<(double Baseline, double Candidate)>();
        for (var spent = TimeSpan.Zero; pairs.Count < FewestPairs || (spent < budget && pairs.Count < MostPairs);)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var baselineFirst = pairs.Count % 2 == 0;
            TimeSpan first = default;
            if (baselineFirst) first = baseline.Time(baselineRuns);
            var second = candidate.Time(candidateRuns);
            if (!baselineFirst) first = baseline.Time(baselineRuns);
            pairs.Add((first.TotalSeconds / baselineRuns, second.TotalSeconds / candidateRuns));
            spent += first + second;
        }

        report(new Comparison
        {
            Benchmark = benchmark,
            Case = what,
            Baseline = baseline.Name,
            Candidate = candidate.Name,
            BaselineSeconds = Spread.Of(pairs.Select(pair => pair.Baseline)),
            CandidateSeconds = Spread.Of(pairs.Select(pair => pair.Candidate)),
            Ratio = Spread.Of(pairs.Select(pair => pair.Baseline / pair.Candidate)),
            Pairs = pairs.Count,
            Work = work,
            BaselineNote = baseline.Note?.Invoke(),
            CandidateNote = candidate.Note?.Invoke(),
        });
    }

    /// <summary>Runs a side until it is warm and returns how many runs make a sample long enough.</summary>
    private int WarmUp(Side side)
    {
        var runs = 1;
        for (var warm = 0; warm < WarmUps;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var time = side.Time(runs);
            if (time >= ShortestSample || runs >= 1 << 16) warm++;
            else runs *= 2;
        }

        return runs;
    }
}

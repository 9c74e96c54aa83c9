using HealthGpt.Cli.Evaluation.Scores;
using HealthGpt.Data.Metrics;

namespace HealthGpt.Cli.Evaluation.Results;

/// <summary>One metric of a group of samples: of the plugins, of what they are held against, and the differences.</summary>
internal sealed record MetricFigures
{
    public required string Metric { get; init; }

    public required string Title { get; init; }

    public required bool HigherIsBetter { get; init; }

    /// <summary>Samples that count.</summary>
    public required int Samples { get; init; }

    /// <summary>Patients or pictures that they are of, which the intervals are drawn of; one has no interval.</summary>
    public required int Clusters { get; init; }

    public required IReadOnlyList<SystemFigure> Plugins { get; init; }

    public required IReadOnlyList<SystemFigure> References { get; init; }

    /// <summary>Each plugin minus each reference, and b minus a.</summary>
    public required IReadOnlyList<PairedDifference> Differences { get; init; }

    public PairedDifference? DifferenceOf(string system, string minus) => Differences.FirstOrDefault(difference => difference.Of == system && difference.Minus == minus);

    /// <summary>Computes them; null where no sample counts. Clusters are those of the samples.</summary>
    public static MetricFigures? Of<T>(Metric<T> metric, IReadOnlyList<ScoredSystem<T>> plugins, IReadOnlyList<ScoredSystem<T>> references, IReadOnlyList<int> clusters, Bootstrap bootstrap)
    {
        ScoredSystem<T> Counting(ScoredSystem<T> system) => system with { Scores = [.. system.Scores.Where(metric.AppliesTo)] };
        ScoredSystem<T>[] ours = [.. plugins.Select(Counting)], others = [.. references.Select(Counting)];
        if (ours[0].Scores.Count == 0)
            return null;
        bootstrap = bootstrap with { Clusters = [.. clusters.Where((_, at) => metric.AppliesTo(plugins[0].Scores[at]))] };
        var pairs = ours.SelectMany(plugin => others.Select(other => (plugin, other))).Concat(ours.Skip(1).Select(second => (second, ours[0])));
        return new MetricFigures
        {
            Metric = metric.Name,
            Title = metric.Title,
            HigherIsBetter = metric.HigherIsBetter,
            Samples = ours[0].Scores.Count,
            Clusters = bootstrap.Clusters.Distinct().Count(),
            Plugins = [.. ours.Select(system => SystemFigure.From(system.Name, metric.Of(bootstrap, system.Scores)))],
            References = [.. others.Select(system => SystemFigure.From(system.Name, metric.Of(bootstrap, system.Scores)))],
            Differences = [.. pairs.Select(pair => Difference(metric, pair.Item1, pair.Item2, bootstrap))],
        };
    }

    private static PairedDifference Difference<T>(Metric<T> metric, ScoredSystem<T> of, ScoredSystem<T> minus, Bootstrap bootstrap)
    {
        var (interval, count) = (metric.Difference(bootstrap, of.Scores, minus.Scores), metric.Count(of.Scores, minus.Scores));
        return new PairedDifference(of.Name, minus.Name, interval.Estimate, SystemFigure.EndOf(interval.Low), SystemFigure.EndOf(interval.High), count?.Better, count?.Worse);
    }
}

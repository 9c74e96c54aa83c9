using HealthGpt.Cli.Connection;
using HealthGpt.Cli.Evaluation.Results;
using HealthGpt.Cli.Evaluation.Scores;
using HealthGpt.Data.Metrics;

namespace HealthGpt.Cli.Evaluation;

/// <summary>What both kinds of tasks have in common: scores by plugin and sample, and the figures of groups of samples.</summary>
internal abstract class TaskEvaluation<T> : ITaskEvaluation
{
    private readonly IReadOnlyList<Metric<T>> _metrics;
    private readonly int[] _clusters;

    protected TaskEvaluation(EvaluationInput input, IReadOnlyList<Metric<T>> metrics)
    {
        Input = input;
        _metrics = metrics;
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        _clusters = [.. input.Samples.Select(sample => numbers.TryAdd(sample.Cluster, numbers.Count) ? numbers.Count - 1 : numbers[sample.Cluster])];
        Scores = [.. input.Plugins.Select(_ => new T[input.Samples.Count])];
    }

    public abstract int? Resolution { get; }

    protected EvaluationInput Input { get; }

    protected IReadOnlyList<CheckedSample> Samples => Input.Samples;

    protected IReadOnlyList<EvaluatedPlugin> Plugins => Input.Plugins;

    /// <summary>By plugin and sample.</summary>
    protected IReadOnlyList<T[]> Scores { get; }

    public abstract Task TakeAsync(int plugin, int sample, Answer answer, CancellationToken cancellationToken);

    public abstract void ScoreReferences(Action advance, CancellationToken cancellationToken);

    public abstract int CutAnswers(int plugin);

    public abstract object Line(int sample);

    public abstract void WriteCase(TextWriter page, int sample);

    public double Goodness(int sample) => Scores.Average(scores => GoodnessOf(scores[sample]));

    public IReadOnlyList<GroupFigures> Figures(Bootstrap bootstrap, CancellationToken cancellationToken)
    {
        var kinds = Enumerable.Range(0, Samples.Count).GroupBy(KindOf, StringComparer.Ordinal).OrderBy(kind => kind.Key, StringComparer.Ordinal).ToList();
        var groups = kinds.Count > 1 ? kinds.Select(kind => (kind.Key, (int[])[.. kind])) : [];
        return [.. groups.Prepend((GroupFigures.All, [.. Enumerable.Range(0, Samples.Count)])).Select(group => FiguresOf(group.Item1, group.Item2, bootstrap, cancellationToken))];
    }

    /// <summary>How good one answer is, to order samples by.</summary>
    protected abstract double GoodnessOf(T score);

    /// <summary>What the plugins are held against on some samples.</summary>
    protected abstract IReadOnlyList<ScoredSystem<T>> References(IReadOnlyList<int> samples);

    protected virtual string? ConstantAnswer(IReadOnlyList<int> samples) => null;

    protected string KindOf(int sample) => Samples[sample].Sample.QuestionKind ?? Samples[sample].Sample.Task;

    private GroupFigures FiguresOf(string name, int[] samples, Bootstrap bootstrap, CancellationToken cancellationToken)
    {
        var plugins = Plugins.Select((plugin, at) => new ScoredSystem<T>(plugin.Label, [.. samples.Select(sample => Scores[at][sample])])).ToList();
        var (references, figures) = (References(samples), new List<MetricFigures>());
        foreach (var metric in _metrics)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (MetricFigures.Of(metric, plugins, references, [.. samples.Select(sample => _clusters[sample])], bootstrap) is { } found)
                figures.Add(found);
        }

        return new GroupFigures { Group = name, Samples = samples.Length, ConstantAnswer = ConstantAnswer(samples), Metrics = figures };
    }
}

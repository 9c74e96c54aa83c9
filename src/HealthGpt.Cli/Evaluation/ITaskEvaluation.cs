using HealthGpt.Cli.Connection;
using HealthGpt.Cli.Evaluation.Results;
using HealthGpt.Data.Metrics;

namespace HealthGpt.Cli.Evaluation;

/// <summary>What differs between tasks that are answered in words and tasks that are answered by an image. Plugins and samples are given by their places.</summary>
internal interface ITaskEvaluation
{
    /// <summary>Side in pixels of the images that are compared; null where answers are words.</summary>
    int? Resolution { get; }

    /// <summary>Keeps and scores an answer; called from several threads.</summary>
    Task TakeAsync(int plugin, int sample, Answer answer, CancellationToken cancellationToken);

    /// <summary>Scores what the answers are held against, once all are there.</summary>
    /// <param name="advance">Called after each sample.</param>
    /// <param name="cancellationToken">Stops it.</param>
    void ScoreReferences(Action advance, CancellationToken cancellationToken);

    /// <summary>The metrics of all samples, then of each kind of question.</summary>
    IReadOnlyList<GroupFigures> Figures(Bootstrap bootstrap, CancellationToken cancellationToken);

    /// <summary>Answers of a plugin that were cut at the longest length.</summary>
    int CutAnswers(int plugin);

    /// <summary>How good the answers to a sample are, the mean of the plugins; the worst are shown first.</summary>
    double Goodness(int sample);

    /// <summary>A sample's line in answers.jsonl.</summary>
    object Line(int sample);

    /// <summary>Writes a sample's part of the page.</summary>
    void WriteCase(TextWriter page, int sample);
}

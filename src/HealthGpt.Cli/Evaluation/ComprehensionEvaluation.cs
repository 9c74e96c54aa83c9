using HealthGpt.Cli.Connection;
using HealthGpt.Cli.Evaluation.Baselines;
using HealthGpt.Cli.Evaluation.Pages;
using HealthGpt.Cli.Evaluation.Scores;
using HealthGpt.Data.Samples;
using HealthGpt.Data.Samples.Indexing;

namespace HealthGpt.Cli.Evaluation;

/// <summary>Measures answers in words.</summary>
internal sealed class ComprehensionEvaluation : TaskEvaluation<TextScore>
{
    private const string Trained = "train";
    private const string CutShort = "length";

    private readonly IReadOnlyList<Answer[]> _answers;
    private BlindGuess? _blind;

    public ComprehensionEvaluation(EvaluationInput input) : base(input, TextScore.Metrics) => _answers = [.. input.Plugins.Select(_ => new Answer[input.Samples.Count])];

    public override int? Resolution => null;

    public override Task TakeAsync(int plugin, int sample, Answer answer, CancellationToken cancellationToken)
    {
        _answers[plugin][sample] = answer;
        Scores[plugin][sample] = Score(sample, answer.Text);
        return Task.CompletedTask;
    }

    /// <summary>Reads the training samples, if there are any and they are not themselves what is asked.</summary>
    public override void ScoreReferences(Action advance, CancellationToken cancellationToken)
    {
        var trainedOn = Input.Dataset.Select(Input.Selection.Task.Name, Trained);
        if (Input.Selection.Split == Trained || trainedOn.Count == 0)
            return;
        var blind = new BlindGuess(Readable(trainedOn, cancellationToken), Samples.Select(sample => sample.Question));
        // Against a guess that is always wrong any plugin looks good.
        _blind = blind.KnowsNothing ? null : blind;
        cancellationToken.ThrowIfCancellationRequested();
    }

    // Bad samples may be among them where they are skipped.
    private static IEnumerable<Sample> Readable(IndexedSamples samples, CancellationToken cancellationToken)
    {
        for (var at = 0; at < samples.Count && !cancellationToken.IsCancellationRequested; at++)
        {
            if (TryRead(samples, at) is { } sample)
                yield return sample;
        }
    }

    private static Sample? TryRead(IndexedSamples samples, int at)
    {
        try
        {
            return samples[at];
        }
        catch (DatasetException)
        {
            return null;
        }
    }

    public override int CutAnswers(int plugin) => _answers[plugin].Count(answer => answer.Finish == CutShort);

    public override object Line(int sample)
    {
        var about = Samples[sample];
        return new
        {
            about.Number,
            about.Turn,
            about.Sha256,
            Kind = KindOf(sample),
            about.Sample.Closed,
            about.Question,
            about.Truth,
            Answers = Plugins.Select((plugin, at) => AnswerLine(plugin.Label, _answers[at][sample], Scores[at][sample])),
            BlindGuess = _blind?.AnswerTo(about.Question),
        };
    }

    public override void WriteCase(TextWriter page, int sample) => TextCase.Write(
        page, Samples[sample], KindOf(sample), [.. Plugins.Select((plugin, at) => new AnswerInWords(plugin.Label, _answers[at][sample].Text, Scores[at][sample]))]);

    protected override double GoodnessOf(TextScore score) => score.Goodness;

    protected override IReadOnlyList<ScoredSystem<TextScore>> References(IReadOnlyList<int> samples)
    {
        var constants = Commonest(samples, sample => Samples[sample].Sample.Closed);
        var constantsOfQuestions = Commonest(samples, sample => (Samples[sample].Sample.Closed, Samples[sample].Question));
        var references = new List<ScoredSystem<TextScore>>
        {
            System("constantAnswer", samples, sample => constants[Samples[sample].Sample.Closed]),
            System("constantAnswerPerQuestion", samples, sample => constantsOfQuestions[(Samples[sample].Sample.Closed, Samples[sample].Question)]),
        };
        if (_blind is { } blind)
            references.Add(System("blindGuess", samples, sample => blind.AnswerTo(Samples[sample].Question) ?? ""));
        return references;
    }

    protected override string? ConstantAnswer(IReadOnlyList<int> samples)
    {
        var closed = samples.Where(sample => Samples[sample].Sample.Closed).Select(sample => Samples[sample].Truth).ToList();
        return closed.Count == 0 ? null : Baselines.ConstantAnswer.Best(closed).Answer;
    }

    private Dictionary<TKey, string> Commonest<TKey>(IReadOnlyList<int> samples, Func<int, TKey> keyOf)
        where TKey : notnull =>
        samples.GroupBy(keyOf).ToDictionary(group => group.Key, group => Baselines.ConstantAnswer.Best([.. group.Select(sample => Samples[sample].Truth)]).Answer);

    private ScoredSystem<TextScore> System(string name, IReadOnlyList<int> samples, Func<int, string> answerTo) => new(name, [.. samples.Select(sample => Score(sample, answerTo(sample)))]);

    private TextScore Score(int sample, string answer) => TextScore.Of(answer, Samples[sample].Truth, Samples[sample].Sample.Closed, Samples[sample].Sample.Choices);

    private static object AnswerLine(string plugin, Answer answer, TextScore score) => score.Closed
        ? new { Plugin = plugin, answer.Text, answer.Tokens, answer.Finish, score.Correct, score.ExactMatch }
        : new { Plugin = plugin, answer.Text, answer.Tokens, answer.Finish, score.TokenF1, score.TokenRecall, score.RougeL, score.ExactMatch };
}

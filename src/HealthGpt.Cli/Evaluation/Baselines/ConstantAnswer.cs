namespace HealthGpt.Cli.Evaluation.Baselines;

/// <summary>The best that always giving the same answer would do on the very same questions.</summary>
internal sealed record ConstantAnswer(string Answer, double Accuracy)
{
    /// <summary>Of the right answers to the questions; the first of several that are as common.</summary>
    public static ConstantAnswer Best(IReadOnlyCollection<string> truths)
    {
        var best = truths.GroupBy(AnswerForm.Of).MaxBy(group => group.Count());
        return best is null ? new ConstantAnswer("", double.NaN) : new ConstantAnswer(best.Key, (double)best.Count() / truths.Count);
    }
}

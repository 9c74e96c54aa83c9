namespace HealthGpt.Cli.Demo.Results;

/// <summary>The best that always giving the same answer would do on the very same questions.</summary>
internal sealed record ConstantAnswer(string Answer, double Accuracy)
{
    public static ConstantAnswer Best(IReadOnlyList<AnsweredQuestion> questions)
    {
        var best = questions.GroupBy(question => AnsweredQuestion.Form(question.Truth)).MaxBy(group => group.Count());
        return best is null ? new ConstantAnswer("", double.NaN) : new ConstantAnswer(best.Key, (double)best.Count() / questions.Count);
    }
}

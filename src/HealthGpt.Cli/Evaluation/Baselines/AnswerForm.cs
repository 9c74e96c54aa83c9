namespace HealthGpt.Cli.Evaluation.Baselines;

/// <summary>What counts of a short answer when answers are counted: its words, not its case or its full stop.</summary>
internal static class AnswerForm
{
    public static string Of(string text) => text.Trim().TrimEnd('.', '!').Trim().ToLowerInvariant();
}

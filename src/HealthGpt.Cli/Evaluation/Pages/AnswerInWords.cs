using HealthGpt.Cli.Evaluation.Scores;

namespace HealthGpt.Cli.Evaluation.Pages;

/// <summary>A plugin's answer to a question.</summary>
internal sealed record AnswerInWords(string Plugin, string Text, TextScore Score);

using HealthGpt.Cli.Evaluation.Baselines;

namespace HealthGpt.Cli.Demo.Results;

/// <summary>A held-out question, the model's answer and the truth.</summary>
internal sealed record AnsweredQuestion
{
    public required string Image { get; init; }

    public required string Task { get; init; }

    public required string Question { get; init; }

    public required string Kind { get; init; }

    public required string Answer { get; init; }

    public required string Truth { get; init; }

    public bool Correct => AnswerForm.Of(Answer) == AnswerForm.Of(Truth);

    public required double Seconds { get; init; }
}

namespace HealthGpt.Cli.Evaluation;

/// <summary>What people read for the names of systems in files.</summary>
internal static class SystemNames
{
    public static string Of(string system, string? constantAnswer = null) => system switch
    {
        "constantAnswer" when constantAnswer is not null => $"always \"{constantAnswer}\"",
        "constantAnswer" => "always the commonest truth",
        "constantAnswerPerQuestion" => "commonest truth of each question",
        "blindGuess" => "commonest training answer",
        "input" => "the input itself",
        "tokenizerCeiling" => "truth after the tokenizer",
        _ => $"plugin {system}",
    };
}

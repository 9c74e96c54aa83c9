namespace HealthGpt.Cli.Evaluation;

/// <summary>What people read for the names of systems in files.</summary>
internal static class SystemNames
{
    public static string Of(string system, string? constantAnswer = null) => system switch
    {
        "constantAnswer" when constantAnswer is not null => $"always \"{constantAnswer}\"",
        "constantAnswer" => "always the commonest truth",
        "constantAnswerPerQuestion" => "commonest truth of each question text",
        "blindGuess" => "commonest training answer to each question text",
        "input" => "the input itself",
        "tokenizerCeiling" => "the truth after the image tokenizer (ceiling)",
        _ => $"plugin {system}",
    };
}

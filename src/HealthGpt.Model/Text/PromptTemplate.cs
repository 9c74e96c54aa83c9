using System.Globalization;
using System.Text.RegularExpressions;

namespace HealthGpt.Model.Text;

/// <summary>The text around a user's message, by family.</summary>
/// <param name="Name">phi3_instruct, phi4_instruct or qwen_2.</param>
/// <param name="Before">What stands before the message.</param>
/// <param name="After">What stands between the message and the answer.</param>
/// <param name="Stop">The token that ends an answer.</param>
public sealed partial record PromptTemplate(string Name, string Before, string After, string Stop)
{
    /// <summary>The longest system text, in characters.</summary>
    public const int LongestSystemText = 8192;

    /// <summary>Phi-3's template.</summary>
    public static PromptTemplate Phi3 { get; } = new(
        "phi3_instruct", "<|system|>\nYou are a helpful AI assistant.<|end|>\n<|user|>\n", "<|end|>\n<|assistant|>\n", "<|end|>")
    {
        SystemText = "You are a helpful AI assistant.",
    };

    /// <summary>Phi-4's template; the system text is the one the released plugins were trained with.</summary>
    public static PromptTemplate Phi4 { get; } = new(
        "phi4_instruct",
        "<|im_start|>system<|im_sep|>\nYou are a medieval knight and must provide explanations to modern people.<|im_end|>\n<|im_start|>user<|im_sep|>\n",
        "<|im_end|>\n<|im_start|>assistant<|im_sep|>\n", "<|im_end|>")
    {
        SystemText = "You are a medieval knight and must provide explanations to modern people.",
        Splitting = WordSplitting.Cl100k,
    };

    /// <summary>Qwen2.5's template.</summary>
    public static PromptTemplate Qwen2 { get; } = new(
        "qwen_2", "<|im_start|>system\nYou are Qwen, created by Alibaba Cloud. You are a helpful assistant.<|im_end|>\n<|im_start|>user\n",
        "<|im_end|>\n<|im_start|>assistant\n", "<|im_end|>")
    {
        SystemText = "You are Qwen, created by Alibaba Cloud. You are a helpful assistant.",
        Splitting = WordSplitting.Qwen2,
    };

    /// <summary>What the system says in <see cref="Before"/>; empty where a template has no system's turn.</summary>
    public string SystemText { get; private init; } = "";

    /// <summary>How the family's byte-level tokenizer splits words, which vocab.json and merges.txt do not say; null where the family has none.</summary>
    public WordSplitting? Splitting { get; private init; }

    /// <summary>The same template with another system text.</summary>
    public PromptTemplate WithSystemText(string text)
    {
        var at = Before.IndexOf(SystemText, StringComparison.Ordinal);
        return this with { SystemText = text, Before = Before[..at] + text + Before[(at + SystemText.Length)..] };
    }

    /// <summary>The names of all templates.</summary>
    public static IReadOnlyList<string> Names { get; } = [Phi3.Name, Phi4.Name, Qwen2.Name];

    /// <summary>A template by its name.</summary>
    /// <exception cref="ArgumentException">There is none of that name.</exception>
    public static PromptTemplate ByName(string name) => Array.Find([Phi3, Phi4, Qwen2], template => template.Name == name)
        ?? throw new ArgumentException($"there is no prompt template '{name}'; there are phi3_instruct, phi4_instruct and qwen_2", nameof(name));

    /// <summary>The special tokens of the template, each once, in the order in which they stand.</summary>
    public IReadOnlyList<string> SpecialTokens => [.. SpecialToken().Matches(Before + After).Select(match => match.Value).Distinct()];

    [GeneratedRegex(@"<\|\w+\|>")]
    private static partial Regex SpecialToken();

    /// <summary>What a system text must be.</summary>
    internal static string SystemTextNeeded { get; } = string.Create(CultureInfo.InvariantCulture, $"a text of 1 to {LongestSystemText} characters without special tokens or <image>");

    /// <summary>What is wrong with a system text of an operator's own; null where it can be used.</summary>
    internal static string? FaultOf(string systemText)
    {
        if (string.IsNullOrWhiteSpace(systemText)) return "an empty text";
        if (systemText.Length > LongestSystemText) return string.Create(CultureInfo.InvariantCulture, $"{systemText.Length} characters");
        // A token in it would end the system's turn and let the text speak as somebody else.
        return TokenLike().Match(systemText) is { Success: true } token ? $"'{token.Value}' in it" : null;
    }

    [GeneratedRegex(@"<\|[^|\s]*\|>|</?s>|<unk>|<image>")]
    private static partial Regex TokenLike();

    /// <summary>What stands between the stop token of an answer and the next message of the same conversation.</summary>
    public string Between => Before[(Before.LastIndexOf(Stop, StringComparison.Ordinal) + Stop.Length)..];

    /// <summary>The whole prompt of one message.</summary>
    public string Render(string message) => Before + message + After;
}

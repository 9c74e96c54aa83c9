using System.Text.RegularExpressions;
using HealthGpt.Data.Samples;

namespace HealthGpt.Data.Conversion;

/// <summary>What the samples of a conversion ask. Without an answer in words the picture is the answer.</summary>
public sealed partial record ConversionTask
{
    /// <summary>The most characters of a task's name.</summary>
    internal const int LongestName = 64;

    /// <summary>A task that needs nobody to write answers: the picture is drawn again.</summary>
    public static ConversionTask Reconstruction { get; } = new() { Name = "reconstruction", Question = "Reconstruct." };

    /// <summary>The task's name: small letters, digits and hyphens.</summary>
    public required string Name { get; init; }

    /// <summary>What is asked about every picture.</summary>
    public required string Question { get; init; }

    /// <summary>The answer in words to the question, the same for every picture; null if a picture is the answer.</summary>
    public string? Answer { get; init; }

    internal TaskKind Kind => Answer is null ? TaskKind.Generation : TaskKind.Comprehension;

    /// <exception cref="ConversionException">A dataset with this task could not be read.</exception>
    internal void Check()
    {
        CheckName(Name);
        if (string.IsNullOrWhiteSpace(Question) || Question.Contains("<image>", StringComparison.Ordinal))
            throw new ConversionException(ConversionFault.Options, $"the question is '{Question}'; it must be text without <image>, which is put before it; ask something");
        if (Answer is not null && string.IsNullOrWhiteSpace(Answer))
            throw new ConversionException(ConversionFault.Options, "the answer is empty; a sample's answer is learned word by word; give one, or leave it out to have pictures as answers");
    }

    /// <exception cref="ConversionException">No task may be called so.</exception>
    internal static void CheckName(string name)
    {
        if (!NameForm().IsMatch(name))
            throw new ConversionException(ConversionFault.Options, $"the task is '{name}'; a task's name has small letters, digits and hyphens, at most {LongestName}; name it like ct-to-mri");
    }

    [GeneratedRegex("^[a-z0-9][a-z0-9-]{0,63}$")]
    private static partial Regex NameForm();
}

using System.Text.RegularExpressions;
using HealthGpt.Data.Samples;

namespace HealthGpt.Data.Conversion;

/// <summary>What the samples of a conversion ask. Without an answer in words the picture is the answer.</summary>
public sealed partial record ConversionTask
{
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
        if (!NameForm().IsMatch(Name))
            throw new ConversionException($"the task is '{Name}'; a task's name has small letters, digits and hyphens, at most 64; name it like ct-to-mri");
        if (string.IsNullOrWhiteSpace(Question) || Question.Contains("<image>", StringComparison.Ordinal))
            throw new ConversionException($"the question is '{Question}'; it must be text without <image>, which is put before it; ask something");
        if (Answer is not null && string.IsNullOrWhiteSpace(Answer))
            throw new ConversionException("the answer is empty; a sample's answer is learned word by word; give one, or leave it out to have pictures as answers");
    }

    [GeneratedRegex("^[a-z0-9][a-z0-9-]{0,63}$")]
    private static partial Regex NameForm();
}

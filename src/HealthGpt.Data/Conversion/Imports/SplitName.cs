using System.Text.RegularExpressions;

namespace HealthGpt.Data.Conversion.Imports;

/// <summary>The split that the name of a file or of its folders says.</summary>
internal static partial class SplitName
{
    /// <summary>The split; null where no word says one. The last word counts, so that a file counts more than its folder.</summary>
    public static string? Of(string path) => Words(path).Select(OfWord).OfType<string>().LastOrDefault();

    /// <summary>The name without words that say a split, in small letters, digits and hyphens.</summary>
    public static string Without(string path)
    {
        var words = Words(Path.ChangeExtension(path, null)).Where(word => OfWord(word) is null && word is not "data");
        var name = string.Join('-', words);
        return name.Length > ConversionTask.LongestName ? name[..ConversionTask.LongestName].Trim('-') : name;
    }

    /// <summary>Its words in small letters.</summary>
    public static IEnumerable<string> Words(string path) => Word().Matches(path.ToLowerInvariant()).Select(match => match.Value);

    private static string? OfWord(string word) => word switch
    {
        "train" or "training" => "train",
        "val" or "valid" or "validate" or "validation" or "dev" => "validation",
        "test" or "testing" => "test",
        _ => null,
    };

    [GeneratedRegex("[a-z0-9]+")]
    private static partial Regex Word();
}

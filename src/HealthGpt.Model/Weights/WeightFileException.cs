using System.Globalization;
using System.Text;

namespace HealthGpt.Model.Weights;

/// <summary>A weight file or model folder that cannot be used: says which file, which key, what was expected and what was found.</summary>
public sealed class WeightFileException : Exception
{
    private const int Longest = 2000;

    /// <summary>Creates the exception.</summary>
    /// <param name="file">The file that was refused.</param>
    /// <param name="problem">What was expected and what was found.</param>
    /// <param name="inner">The cause, where there is one.</param>
    public WeightFileException(string file, string problem, Exception? inner = null)
        : base(Printable($"{file}: {problem}"), inner) => (File, Problem) = (file, Printable(problem));

    /// <summary>The file that was refused.</summary>
    public string File { get; }

    /// <summary>Whether the file is not there at all.</summary>
    public bool IsOfMissingFile => !System.IO.File.Exists(File) && !Directory.Exists(File);

    /// <summary>What was expected and what was found.</summary>
    public string Problem { get; }

    /// <summary>The model folder that the file is a part of; null where the file was opened by itself.</summary>
    public string? ModelFolder { get; private set; }

    /// <summary>Opens a part of a model folder; a refusal names the folder.</summary>
    /// <param name="modelFolder">The model folder.</param>
    /// <param name="open">Opens the part.</param>
    /// <exception cref="WeightFileException">What <paramref name="open"/> refuses, with <see cref="ModelFolder"/>.</exception>
    public static T OfModel<T>(string modelFolder, Func<T> open)
    {
        try
        {
            return open();
        }
        catch (WeightFileException refusal)
        {
            refusal.ModelFolder ??= modelFolder;
            throw;
        }
    }

    /// <summary>A text of a file as a terminal may show it: names in a hostile file may be long, and may hold escape sequences or characters that turn what stands around them.</summary>
    public static string Printable(string text)
    {
        if (text.Length > Longest) text = text[..Longest] + "...";
        return string.Concat(text.EnumerateRunes().Select(rune => IsShown(rune) ? rune.ToString() : "?"));
    }

    private static bool IsShown(Rune rune) => Rune.GetUnicodeCategory(rune)
        is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}

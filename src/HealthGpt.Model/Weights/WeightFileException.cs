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

    /// <summary>What was expected and what was found.</summary>
    public string Problem { get; }

    // Names in a hostile file may be long and may hold a terminal's escape sequences.
    internal static string Printable(string text)
    {
        if (text.Length > Longest) text = text[..Longest] + "...";
        return text.Any(char.IsControl) ? string.Concat(text.Select(character => char.IsControl(character) ? '?' : character)) : text;
    }
}

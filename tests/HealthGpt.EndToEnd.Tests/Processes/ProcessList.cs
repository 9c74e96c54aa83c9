using System.Globalization;

namespace HealthGpt.EndToEnd.Tests.Processes;

/// <summary>The processes of this machine, by what their command lines name.</summary>
internal static class ProcessList
{
    public static IReadOnlyList<string> Naming(string text) => [.. Directory.EnumerateDirectories("/proc")
        .Where(folder => int.TryParse(Path.GetFileName(folder), out _))
        .Select(folder => CommandLine(folder))
        .Where(line => line.Contains(text, StringComparison.Ordinal))];

    /// <summary>The id of the process whose command line holds all of the words, or null.</summary>
    public static int? Find(string text, params string[] words) => Naming(text)
        .Where(line => words.All(word => line.Contains(word, StringComparison.Ordinal)))
        .Select(line => (int?)IdOf(line))
        .FirstOrDefault();

    /// <summary>The ids of the processes whose command lines hold a text.</summary>
    public static IReadOnlyList<int> IdsNaming(string text) => [.. Naming(text).Select(IdOf)];

    private static int IdOf(string line) => int.Parse(line[..line.IndexOf(' ', StringComparison.Ordinal)], CultureInfo.InvariantCulture);

    private static string CommandLine(string folder)
    {
        try
        {
            return Path.GetFileName(folder) + " " + File.ReadAllText(Path.Combine(folder, "cmdline")).Replace('\0', ' ');
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Gone between the listing and the reading.
            return "";
        }
    }
}

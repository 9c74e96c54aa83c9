namespace HealthGpt.Cli.Demo;

/// <summary>Finds the model and the sample set that the demo runs on, searching upward from each of the folders in turn.</summary>
internal static class DemoAssets
{
    private const string Model = "models/healthgpt-nano";
    private const string Samples = "samples/colin27";

    /// <summary>Where the search begins: where the user is, then where the program lies.</summary>
    public static IReadOnlyList<string> Starts => [Directory.GetCurrentDirectory(), AppContext.BaseDirectory];

    public static string ModelFolder(IReadOnlyList<string> starts) =>
        Path.GetDirectoryName(Search(starts, $"{Model}/healthgpt.json", "make the model with 'healthgpt nano build'"))!;

    public static string DatasetFile(IReadOnlyList<string> starts) => Search(starts, $"{Samples}/dataset.yaml", "make the samples with 'healthgpt data make-sample'");

    private static string Search(IReadOnlyList<string> starts, string file, string remedy)
    {
        foreach (var start in starts)
        {
            for (var at = new DirectoryInfo(start); at is not null; at = at.Parent)
            {
                var candidate = Path.Combine(at.FullName, file);
                if (File.Exists(candidate))
                    return candidate;
            }
        }

        throw new CommandException(
            ExitCodes.Failed,
            $"'{file}' is missing",
            $"neither {string.Join(" nor ", starts.Select(start => $"'{start}'"))} nor a folder above holds it",
            $"run the command inside the repository, or {remedy}");
    }
}

namespace HealthGpt.Cli.Demo;

/// <summary>The model and the sample set that the demo runs on.</summary>
internal sealed record DemoAssets(string ModelFolder, string DatasetFile)
{
    private const string Model = "models/healthgpt-nano";
    private const string Samples = "samples/colin27";

    /// <summary>Searches upward from each of the folders in turn.</summary>
    public static DemoAssets Find(params IReadOnlyList<string> starts)
    {
        var model = Search(starts, Model, "healthgpt.json")
            ?? throw Missing(starts, Model, "healthgpt.json", "run the command inside the repository, or make the model with 'healthgpt nano build'");
        var dataset = Search(starts, Samples, "dataset.yaml")
            ?? throw Missing(starts, Samples, "dataset.yaml", "run the command inside the repository, or make the samples with 'healthgpt data make-sample'");
        return new DemoAssets(model, Path.Combine(dataset, "dataset.yaml"));
    }

    private static string? Search(IReadOnlyList<string> starts, string folder, string file)
    {
        foreach (var start in starts)
        {
            for (var at = new DirectoryInfo(start); at is not null; at = at.Parent)
            {
                var candidate = Path.Combine(at.FullName, folder);
                if (File.Exists(Path.Combine(candidate, file)))
                    return candidate;
            }
        }

        return null;
    }

    private static CommandException Missing(IReadOnlyList<string> starts, string folder, string file, string remedy) => new(
        ExitCodes.Failed,
        $"'{folder}/{file}' is missing",
        $"neither {string.Join(" nor ", starts.Select(start => $"'{start}'"))} nor a folder above holds it",
        remedy);
}

namespace HealthGpt.Cli.Demo;

/// <summary>The model and the sample set that the demo runs on.</summary>
internal sealed record DemoAssets(string ModelFolder, string DatasetFile)
{
    private const string Model = "models/healthgpt-nano";
    private const string Samples = "samples/colin27";

    /// <summary>Searches upward from the working directory, then from the program's own folder.</summary>
    public static DemoAssets Find()
    {
        var model = Search(Model, "healthgpt.json")
            ?? throw Missing(Model, "healthgpt.json", "run the command inside the repository, or make the model with 'healthgpt nano build'");
        var dataset = Search(Samples, "dataset.yaml")
            ?? throw Missing(Samples, "dataset.yaml", "run the command inside the repository, or make the samples with 'healthgpt data make-sample'");
        return new DemoAssets(model, Path.Combine(dataset, "dataset.yaml"));
    }

    private static string? Search(string folder, string file)
    {
        foreach (var start in new[] { Directory.GetCurrentDirectory(), AppContext.BaseDirectory })
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

    private static CommandException Missing(string folder, string file, string remedy) => new(
        ExitCodes.Failed,
        $"'{folder}/{file}' is missing",
        $"it is in no folder above '{Directory.GetCurrentDirectory()}' or '{AppContext.BaseDirectory}'",
        remedy);
}

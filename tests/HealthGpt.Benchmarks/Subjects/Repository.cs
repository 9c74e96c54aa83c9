namespace HealthGpt.Benchmarks.Subjects;

/// <summary>The shipped model and sample set, found from the program's folder upwards.</summary>
internal static class Repository
{
    public static string Model { get; } = Find("models/healthgpt-nano/healthgpt.json", "make the model with 'healthgpt nano build'");

    public static string Dataset { get; } = Find("samples/colin27/dataset.yaml", "make the samples with 'healthgpt data make-sample'");

    public static string ModelFolder => Path.GetDirectoryName(Model)!;

    private static string Find(string relative, string remedy)
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            var candidate = Path.Combine(at.FullName, relative);
            if (File.Exists(candidate)) return candidate;
        }

        throw new FileNotFoundException($"'{relative}' is in no folder above '{AppContext.BaseDirectory}'; build and run inside the repository, or {remedy}.");
    }
}

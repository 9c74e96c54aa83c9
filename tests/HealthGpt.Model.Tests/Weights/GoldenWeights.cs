namespace HealthGpt.Model.Tests.Weights;

/// <summary>The weight files of the reference: those in the project, or those of the folder that HEALTHGPT_GOLDEN names.</summary>
internal static class GoldenWeights
{
    public static string Folder { get; } = Environment.GetEnvironmentVariable("HEALTHGPT_GOLDEN") is { Length: > 0 } root ? Path.Combine(root, "model") : Reference.Folder;

    public static IEnumerable<string> Files(params string[] extensions) => Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories)
        .Where(path => extensions.Contains(Path.GetExtension(path))).Select(path => Path.GetRelativePath(Folder, path)).Order(StringComparer.Ordinal);
}

namespace HealthGpt.Model.Tests.Weights;

/// <summary>The weight files of the reference: those in the project, or in the folder that HEALTHGPT_GOLDEN names.</summary>
internal static class GoldenWeights
{
    public static IEnumerable<string> Files(string folder, params string[] extensions) => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
        .Where(path => extensions.Contains(Path.GetExtension(path))).Select(path => Path.GetRelativePath(folder, path)).Order(StringComparer.Ordinal);
}

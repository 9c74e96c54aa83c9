namespace HealthGpt.Model.Tests.Weights;

/// <summary>The weight files of the reference: those in the project, or those of the folder that HEALTHGPT_GOLDEN names.</summary>
internal static class GoldenWeights
{
    public static IEnumerable<string> Files(params string[] extensions) => Directory.EnumerateFiles(Reference.Folder, "*", SearchOption.AllDirectories)
        .Where(path => extensions.Contains(Path.GetExtension(path))).Select(path => Path.GetRelativePath(Reference.Folder, path)).Order(StringComparer.Ordinal);
}

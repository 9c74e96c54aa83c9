namespace HealthGpt.Training.Tests.Foundation;

/// <summary>Finds the samples of the working copy that the tests were built from.</summary>
internal static class ShippedSamples
{
    public static string Colin27 { get; } = Find();

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var samples = Path.Combine(folder.FullName, "samples", "colin27");
            if (Directory.Exists(samples)) return samples;
        }

        throw new DirectoryNotFoundException($"no folder samples/colin27 above {AppContext.BaseDirectory}; run the tests inside the repository");
    }
}

using HealthGpt.Data.Conversion;
using HealthGpt.Data.Images;
using HealthGpt.Data.Samples;

namespace HealthGpt.Data.Tests.Conversion;

/// <summary>Looks into what a conversion has made.</summary>
internal static class ConvertedFolder
{
    public static Task<ConversionResult> ConvertAsync(SeriesConversionOptions options) => SeriesConversion.RunAsync(options, TestContext.Current.CancellationToken);

    public static Dataset Dataset(this ConversionResult result) => Data.Samples.Dataset.Load(Path.Combine(result.Folder, "dataset.yaml"));

    /// <summary>The pictures by name, in order.</summary>
    public static List<(string Name, RgbImage Image)> Pictures(this ConversionResult result) =>
        [.. Directory.GetFiles(Path.Combine(result.Folder, "images")).Order(StringComparer.Ordinal).Select(file => (Path.GetFileName(file), RgbImage.Load(file)))];

    /// <summary>Every file below a folder with its bytes.</summary>
    public static Dictionary<string, byte[]> Files(string folder) =>
        Directory.GetFiles(folder, "*", SearchOption.AllDirectories).ToDictionary(file => Path.GetRelativePath(folder, file), File.ReadAllBytes);
}

namespace HealthGpt.Data.Tests.Dicom;

/// <summary>Where the reference files and numbers lie.</summary>
internal static class DicomReference
{
    /// <summary>The copy beside the tests.</summary>
    public static string Own { get; } = Path.Combine(AppContext.BaseDirectory, "Golden", "dicom");

    /// <summary>The copy beside the tests unless HEALTHGPT_GOLDEN names another place.</summary>
    public static string Folder { get; } = Environment.GetEnvironmentVariable("HEALTHGPT_GOLDEN") is { Length: > 0 } other ? Path.Combine(other, "dicom") : Own;

    /// <summary>A file that is always there.</summary>
    public static string PathOf(string name) => Path.Combine(Own, name);

    public static byte[] Read(string name) => File.ReadAllBytes(PathOf(name));
}

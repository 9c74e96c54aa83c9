using System.Text.RegularExpressions;
using HealthGpt.Storage.Files;

namespace HealthGpt.Data.SampleSets;

/// <summary>Sees that a sample set takes nobody's place but that of an earlier one.</summary>
internal static partial class SampleSetPlace
{
    private const string ImagesName = "images";

    private static readonly string[] Names =
    [
        "LICENSE-colin27", "README.md", "dataset.yaml", ImagesName, "images.jsonl", "reconstruction.jsonl", "report-to-slice.jsonl", "report.jsonl", "skull-stripping.jsonl",
        "super-resolution.jsonl", "vqa.jsonl",
    ];

    /// <exception cref="SampleSetException">The place holds something else.</exception>
    public static void Check(string folder)
    {
        if (File.Exists(folder))
            throw new SampleSetException($"the sample set cannot be written; '{folder}' is a file; name another folder");
        if (!StagedFolder.IsFree(folder) && ForeignIn(folder) is { } foreign)
            throw new SampleSetException($"the output folder is in use; '{foreign}' is not of a whole sample set that was made before; name a new or empty folder");
    }

    private static string? ForeignIn(string folder)
    {
        var entries = StagedFolder.EntriesOf(folder).Order(StringComparer.Ordinal).ToList();
        // Only a set has all of them; the name of one alone, such as README.md, may be anybody's.
        if (entries.Count > 0 && entries.Count(entry => Names.Contains(Path.GetFileName(entry))) < Names.Length)
            return entries[0];
        var images = Path.Combine(folder, ImagesName);
        return entries.Find(entry => !Names.Contains(Path.GetFileName(entry)))
            ?? (Directory.Exists(images) ? Directory.EnumerateFileSystemEntries(images).FirstOrDefault(entry => !Picture().IsMatch(Path.GetFileName(entry))) : null);
    }

    [GeneratedRegex(@"^(axial|coronal|sagittal)_[pm]\d{3}_(head|brain)(_16px)?\.png$")]
    private static partial Regex Picture();
}

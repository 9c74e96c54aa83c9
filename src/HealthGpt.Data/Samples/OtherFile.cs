using HealthGpt.Data.Conversion.Imports;
using HealthGpt.Data.Dicom;
using HealthGpt.Storage.Files;

namespace HealthGpt.Data.Samples;

/// <summary>Knows folders, pictures and scans that are given where a dataset is meant.</summary>
internal static class OtherFile
{
    private const string DatasetName = "dataset.yaml";

    /// <returns>What it is and what to do; null if it may be a dataset file.</returns>
    public static string? ProblemOf(string path)
    {
        if (Directory.Exists(path))
        {
            return File.Exists(Path.Combine(path, DatasetName))
                ? $"is a folder; name the {DatasetName} in it"
                : PublishedDataset.ProblemOf(path) ?? $"is a folder and no dataset; {Advice(path)}, or name a dataset file or a file of samples";
        }

        return KindOf(path) is { } kind ? $"is {kind} and no dataset; {Advice(path)}" : null;
    }

    /// <summary>The dataset file beside a bare file of samples.</summary>
    /// <returns>Its path; null if there is none that names the file.</returns>
    public static string? DatasetOf(string samples)
    {
        var dataset = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(samples))!, DatasetName);
        if (!File.Exists(dataset) || Path.GetFullPath(samples) == dataset)
            return null;
        return DatasetFile.Read(dataset, []).Sources.Any(source => source.SamplesPath == Path.GetFullPath(samples)) ? dataset : null;
    }

    private static string Advice(string path) => $"make one of it with: healthgpt data convert {ShellWord.Of(path)} --out DIR";

    private static string? KindOf(string path)
    {
        if (path.EndsWith(".nii", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".nii.gz", StringComparison.OrdinalIgnoreCase))
            return "a NIfTI volume";
        var start = new byte[DicomFile.HeaderLength];
        try
        {
            using var file = OrdinaryFile.OpenRead(path);
            start = start[..file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }

        if (DicomFile.IsOneOrBare(start))
            return "a DICOM file";
        if (start.AsSpan().StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G']) || start.AsSpan().StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]))
            return "a picture";
        return start.AsSpan().StartsWith("PK\x3\x4"u8) ? "a zip archive" : null;
    }
}

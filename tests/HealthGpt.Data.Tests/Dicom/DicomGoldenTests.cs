using System.Runtime.InteropServices;
using System.Text.Json;
using HealthGpt.Data.Dicom;
using HealthGpt.Data.Tests.Golden;

namespace HealthGpt.Data.Tests.Dicom;

/// <summary>Every file of the reference folder: read as pydicom reads it, or refused.</summary>
public sealed class DicomGoldenTests
{
    private static readonly string[] Refused = ["1.2.840.10008.1.2.4.8", "1.2.840.10008.1.2.4.9", "1.2.840.10008.1.2.4.1", "1.2.840.10008.1.2.4.2"];
    private static readonly IReadOnlyDictionary<string, GoldenTensor> Expected = GoldenFile.Tensors(DicomReference.Folder, "expected.safetensors");

    public static TheoryData<string> Files
    {
        get
        {
            var names = new TheoryData<string>();
            foreach (var path in Directory.GetFiles(DicomReference.Folder, "*.dcm").Order(StringComparer.Ordinal))
                names.Add(Path.GetFileName(path));
            return names;
        }
    }

    [Fact]
    public void Folder_HoldsFiles() => Assert.True(Files.Count >= 10, $"only {Files.Count} files in {DicomReference.Folder}");

    [Theory]
    [MemberData(nameof(Files))]
    public void Load_AgreesWithPydicomOrRefuses(string name)
    {
        using var facts = JsonDocument.Parse(File.ReadAllText(Path.Combine(DicomReference.Folder, "facts.json")));
        var file = facts.RootElement.GetProperty("files").EnumerateArray().Single(entry => entry.GetProperty("file").GetString() == name);
        var path = Path.Combine(DicomReference.Folder, name);
        var syntax = file.TryGetProperty("transfer_syntax", out var uid) ? uid.GetString()! : "";
        if (!file.GetProperty("read").GetBoolean() || Refused.Any(prefix => syntax.StartsWith(prefix, StringComparison.Ordinal)))
        {
            CheckRefusal(path, syntax);
            return;
        }

        var image = DicomImage.Load(path);
        Assert.Equal(file.GetProperty("modality").GetString(), image.Modality);
        Assert.Equal((file.GetProperty("Rows").GetInt32(), file.GetProperty("Columns").GetInt32()), (image.Rows, image.Columns));
        Assert.Equal(file.GetProperty("SamplesPerPixel").GetInt32(), image.Samples);
        Assert.Equal(MemoryMarshal.Cast<byte, int>(Expected[name + ".stored"].Bytes), AllFrames(image, image.Stored));
        if (Expected.TryGetValue(name + ".modality", out var values))
            Assert.Equal(values.Floats, AllFrames(image, image.Values));
        if (file.TryGetProperty("WindowCenter", out var center))
            Assert.Equal(new DicomWindow(center.GetDouble(), file.GetProperty("WindowWidth").GetDouble()), image.Windows()[0]);
    }

    [Theory]
    [InlineData("MR_truncated.dcm", "(7FE0,0010) PixelData at offset 1488 claims 8192 bytes, but the file holds 8130 more")]
    [InlineData("rtplan.dcm", "(7FE0,0010) PixelData is missing")]
    [InlineData("badVR.dcm", "(0028,0008) NumberOfFrames at offset 1000 holds text that is no whole number")]
    [InlineData("no_meta.dcm", "no 'DICM' at offset 128")]
    [InlineData("JPEG2000.dcm", "JPEG 2000 (1.2.840.10008.1.2.4.91), which is not decoded; convert it with gdcmconv --raw")]
    [InlineData("MR_small_jp2klossless.dcm", "JPEG 2000 (Lossless Only)")]
    public void Load_RefusesWithTheReason(string name, string reason) =>
        Assert.Contains(reason, Assert.Throws<DicomFormatException>(() => DicomImage.Load(DicomReference.PathOf(name))).Reason, StringComparison.Ordinal);

    private static void CheckRefusal(string path, string syntax)
    {
        var error = Assert.Throws<DicomFormatException>(() =>
        {
            var image = DicomImage.Load(path);
            AllFrames(image, image.Stored);
        });
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        if (Refused.Any(prefix => syntax.StartsWith(prefix, StringComparison.Ordinal)))
            Assert.Contains(syntax, error.Message, StringComparison.Ordinal);
    }

    private static T[] AllFrames<T>(DicomImage image, Func<int, T[]> read) => [.. Enumerable.Range(0, image.Frames).SelectMany(read)];
}

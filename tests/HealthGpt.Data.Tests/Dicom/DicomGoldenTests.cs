using System.Runtime.InteropServices;
using System.Text.Json;
using HealthGpt.Data.Dicom;
using HealthGpt.Data.Tests.Golden;

namespace HealthGpt.Data.Tests.Dicom;

/// <summary>Every file of the reference folder: read as pydicom reads it, or refused.</summary>
public sealed class DicomGoldenTests
{
    private static readonly string[] Refused = ["1.2.840.10008.1.2.4.8", "1.2.840.10008.1.2.4.9", "1.2.840.10008.1.2.4.1", "1.2.840.10008.1.2.4.2"];
    private static readonly string[] Lossy = ["1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51"];
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
        if (!file.GetProperty("read").GetBoolean() || !IsDecoded(syntax, file))
        {
            CheckRefusal(path, IsDecoded(syntax, file) ? "" : "convert");
            return;
        }

        var image = DicomImage.Load(path);
        Assert.Contains(image.Modality, (string[])[file.GetProperty("modality").GetString()!, "OT"]);
        Assert.Equal((file.GetProperty("Rows").GetInt32(), file.GetProperty("Columns").GetInt32()), (image.Rows, image.Columns));
        Assert.Equal(file.GetProperty("SamplesPerPixel").GetInt32(), image.Samples);
        var step = file.TryGetProperty("stored_is_every_4th", out var thinned) && thinned.GetBoolean() ? 4 : 1;
        var stored = Thinned(image, image.Stored, step);
        var expected = MemoryMarshal.Cast<byte, int>(Expected[name + ".stored"].Bytes).ToArray();
        Assert.Equal(expected.Length, stored.Length);
        // Lossy JPEG may be rounded otherwise.
        Assert.InRange(expected.Zip(stored, (value, other) => Math.Abs((long)value - other)).Max(), 0, Lossy.Contains(syntax) ? 1 : 0);
        if (Expected.TryGetValue(name + ".modality", out var values))
            Assert.Equal(values.Floats, Thinned(image, image.Values, step));
        if (file.TryGetProperty("WindowCenter", out var center) && center.ValueKind == JsonValueKind.Number)
            Assert.Equal((center.GetDouble(), file.GetProperty("WindowWidth").GetDouble()), (image.Windows()[0].Center, image.Windows()[0].Width));
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

    private static bool IsDecoded(string syntax, JsonElement file) => !Refused.Any(prefix => syntax.StartsWith(prefix, StringComparison.Ordinal))
        && (!file.TryGetProperty("BitsAllocated", out var allocated) || allocated.GetInt32() is 8 or 16 or 32)
        && !(syntax == Lossy[1] && file.GetProperty("BitsStored").GetInt32() > 8);

    private static void CheckRefusal(string path, string reason)
    {
        var error = Assert.Throws<DicomFormatException>(() =>
        {
            var image = DicomImage.Load(path);
            Thinned(image, image.Stored, 1);
        });
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    /// <summary>All frames, of the first two axes every so many.</summary>
    private static T[] Thinned<T>(DicomImage image, Func<int, T[]> read, int step)
    {
        T[] all = [.. Enumerable.Range(0, image.Frames).SelectMany(read)];
        var (first, second) = image.Frames > 1 ? (image.Frames, image.Rows) : (image.Rows, image.Columns);
        var rest = all.Length / (first * second);
        return [.. all.Chunk(rest).Where((_, i) => (i / second) % step == 0 && (i % second) % step == 0).SelectMany(values => values)];
    }
}

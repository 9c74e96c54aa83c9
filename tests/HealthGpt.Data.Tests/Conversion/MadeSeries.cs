using System.IO.Compression;
using HealthGpt.Data.Tests.Dicom;

namespace HealthGpt.Data.Tests.Conversion;

/// <summary>A CT series of 5 slices of 8 rows and 12 columns, 2 x 0.5 mm each and 3 mm apart, of the patient who must never be seen again.</summary>
internal static class MadeSeries
{
    public const int Slices = 5;

    /// <summary>Its files, the lowest slice first.</summary>
    public static byte[][] Files() => [.. Enumerable.Range(0, Slices).Select(i => Slice(i).ToBytes())];

    public static SyntheticDicom Slice(int index)
    {
        var random = new Random(index);
        var pixels = new ushort[8 * 12];
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] = (ushort)random.Next(800, 1300);
        return SyntheticDicom.Grey(8, 12, "CT")
            .Text(0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.2").Text(0x00080018, "UI", $"{SyntheticDicom.Secrets[3]}.{index}").Text(0x00081030, "LO", SyntheticDicom.Secrets[0])
            .Numbers(0x00200032, 0, 0, 3 * index).Numbers(0x00200037, 1, 0, 0, 0, 1, 0).Numbers(0x00280030, 2, 0.5)
            .Numbers(0x00281052, -1024).Numbers(0x00281053, 1).Set(0x7FE00010, "OW", SyntheticDicom.WordBytes(pixels));
    }

    /// <summary>Writes the files in no order into a folder, under the names that archives give them.</summary>
    public static string Write(string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (var (file, index) in Files().Select((file, index) => (file, index)))
            File.WriteAllBytes(Path.Combine(folder, $"{SyntheticDicom.Secrets[0]} {(index * 3) % Slices}.dcm"), file);
        return folder;
    }

    /// <summary>Writes a zip archive whose names tell the patient.</summary>
    public static string WriteArchive(string path, params (string Name, byte[] Bytes)[] more)
    {
        using var archive = ZipFile.Open(path, ZipArchiveMode.Create);
        Add(archive, "DICOMDIR", [1, 2, 3]);
        foreach (var (file, index) in Files().Select((file, index) => (file, index)))
            Add(archive, $"{SyntheticDicom.Secrets[1]} {SyntheticDicom.Secrets[0]}/CT/{index}", file);
        foreach (var (name, bytes) in more)
            Add(archive, name, bytes);
        return path;
    }

    private static void Add(ZipArchive archive, string name, byte[] bytes)
    {
        using var entry = archive.CreateEntry(name).Open();
        entry.Write(bytes);
    }
}

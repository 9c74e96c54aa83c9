using System.IO.Compression;
using HealthGpt.Data.Dicom;
using HealthGpt.Data.Images;
using HealthGpt.Storage.Files;

namespace HealthGpt.Data.Conversion;

/// <summary>Reads the DICOM files of a zip archive and passes over all others. Nothing is unpacked to disk, and an archive with a name that would leave a folder is refused all the same.</summary>
internal static class DicomArchive
{
    public static async Task<DicomStreams> ReadAsync(string path, long maximumBytes, CancellationToken cancellationToken)
    {
        var streams = new DicomStreams(path, maximumBytes, passesOver: true);
        try
        {
            await using var file = OrdinaryFile.OpenRead(path);
            using var archive = new ZipArchive(file, ZipArchiveMode.Read);
            foreach (var entry in archive.Entries)
                CheckName(entry.FullName, path);
            foreach (var entry in archive.Entries.Where(IsImage))
                await AddAsync(streams, entry, cancellationToken);
            return streams.Images.Count > 0 ? streams
                : throw new DicomFormatException(path, $"none of its {streams.PassedOver} files is a DICOM image; if they are NIfTI, PNG or JPEG, unpack it and name their folder");
        }
        catch (Exception error) when (error is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            // The cause's own words may hold the name of an entry.
            throw new DicomFormatException(streams.NextName, "the archive cannot be unpacked; it is damaged, cut short, encrypted or of an unknown method; pack it again");
        }
    }

    private static async Task AddAsync(DicomStreams streams, ZipArchiveEntry entry, CancellationToken cancellationToken)
    {
        var name = streams.NextName;
        streams.CheckRoom(entry.Length);
        await using var stream = await entry.OpenAsync(cancellationToken);
        var bytes = await streams.AddAsync(stream, cancellationToken);
        if (PngCrc.Of(bytes) != entry.Crc32)
            throw new DicomFormatException(name, "its checksum in the archive is another; the archive is damaged; pack it again");
    }

    private static void CheckName(string name, string archive)
    {
        var parts = name.Split('/', '\\');
        if (parts.Contains("..") || parts[0].Length == 0 || parts[0] is [_, ':'] || name.Contains('\0'))
        {
            throw new DicomFormatException(archive, "one of its names is absolute or leaves the archive ('..'), which no honest archive needs; "
                + "do not unpack it, and fetch the series from where it was made");
        }
    }

    private static bool IsImage(ZipArchiveEntry entry)
    {
        var parts = entry.FullName.Split('/', '\\');
        return parts[^1].Length > 0 && !parts[^1].StartsWith('.') && parts[0] != "__MACOSX" && !parts[^1].Equals("DICOMDIR", StringComparison.OrdinalIgnoreCase);
    }
}

using HealthGpt.Data.Dicom;
using HealthGpt.Data.Volumes;

namespace HealthGpt.Data.Conversion;

/// <summary>Reads a source by what it is: an address, a folder, or a file by its first bytes and then its name.</summary>
internal static class SourceReader
{
    public static async Task<ScanSource> ReadAsync(SeriesConversionOptions options, CancellationToken cancellationToken)
    {
        var (source, plane) = (options.Source, options.Slices.Plane);
        if (DicomWebSeries.IsAddress(source))
        {
            var images = await DicomWebSeries.RetrieveAsync(source, options.MaximumBytes, options.Timeout, cancellationToken);
            return ScanSource.Of(images, DicomWebSeries.NameOf(source), plane);
        }

        if (Directory.Exists(source))
            return ScanSource.Of(ReadFiles(source, cancellationToken), source, plane);
        switch (FormatOf(source))
        {
            case SourceFormat.Zip:
                return ScanSource.Of(await DicomArchive.ReadAsync(source, options.MaximumBytes, cancellationToken), source, plane);
            case SourceFormat.Nifti:
                return ScanSource.Of(NiftiVolume.Load(source));
            default:
                return ScanSource.Of([DicomImage.Load(source)], source, plane);
        }
    }

    private static List<DicomImage> ReadFiles(string folder, CancellationToken cancellationToken)
    {
        var images = new List<DicomImage>();
        foreach (var file in DicomVolume.FilesOf(folder))
        {
            cancellationToken.ThrowIfCancellationRequested();
            images.Add(DicomImage.Load(file));
        }

        return images;
    }

    private static SourceFormat FormatOf(string path)
    {
        var header = new byte[DicomFile.HeaderLength];
        int length;
        try
        {
            using var file = File.OpenRead(path);
            length = file.ReadAtLeast(header, header.Length, throwOnEndOfStream: false);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ConversionException(ConversionFault.Options, $"the source cannot be read; {error.Message}; name a file or folder that is there", error);
        }

        if (header.AsSpan(0, 4).SequenceEqual("PK\x3\x4"u8) || header.AsSpan(0, 4).SequenceEqual("PK\x5\x6"u8))
            return SourceFormat.Zip;
        if (length == header.Length && header.AsSpan(128).SequenceEqual("DICM"u8))
            return SourceFormat.Dicom;
        if (path.EndsWith(".nii", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".nii.gz", StringComparison.OrdinalIgnoreCase))
            return SourceFormat.Nifti;
        throw new ConversionException($"'{path}' is nothing that is converted; it is neither DICOM nor a zip archive, nor named .nii or .nii.gz; "
            + "give a folder of a DICOM series, a DICOM file, a zip archive of DICOM files or a NIfTI file");
    }

    private enum SourceFormat
    {
        Dicom,
        Zip,
        Nifti,
    }
}

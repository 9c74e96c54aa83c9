using HealthGpt.Data.Conversion.Imports;
using HealthGpt.Data.Dicom;
using HealthGpt.Data.Images;
using HealthGpt.Data.Volumes;
using HealthGpt.Storage.Files;

namespace HealthGpt.Data.Conversion;

/// <summary>Reads a source by what it is: an address, a folder, or a file by its first bytes and then its name.</summary>
internal static class SourceReader
{
    private const int Depth = 16;

    private static readonly string[] PictureSuffixes = [".png", ".jpg", ".jpeg"];

    public static async Task<SourceContents> ReadAsync(SeriesConversionOptions options, CancellationToken cancellationToken)
    {
        var source = options.Source;
        if (DicomWebSeries.IsAddress(source))
        {
            var images = await DicomWebSeries.RetrieveAsync(source, options.MaximumBytes, options.Timeout, cancellationToken);
            return OfImages(images, DicomWebSeries.NameOf(source), options);
        }

        if (Directory.Exists(source))
            return ReadFolder(options, cancellationToken);
        switch (FormatOf(source))
        {
            case SourceFormat.Zip:
                var archive = await DicomArchive.ReadAsync(source, options.MaximumBytes, cancellationToken);
                return OfImages(archive.Images, source, options, archive.PassedOver);
            case SourceFormat.Nifti:
                return SourceContents.Of(ScanSource.Of(NiftiVolume.Load(source)));
            case SourceFormat.Picture:
                return new SourceContents([new ScanPicture(RgbImage.Load(source))], AreMany: true, 0);
            default:
                return OfImages([DicomImage.Load(source)], source, options);
        }
    }

    private static SourceContents OfImages(IReadOnlyList<DicomImage> images, string name, SeriesConversionOptions options, int passedOver = 0)
    {
        var series = SeriesChoice.Of(images, name, options.Series);
        // The files of a radiography or of an ultrasound make no volume, each is pictures by itself.
        if (series.Count > 1 && options.Slices.Plane is null && series.All(image => image.Plane(0) is null))
            return new SourceContents(series.Select(image => new ScanFrames(image)), AreMany: true, passedOver);
        return SourceContents.Of(ScanSource.Of(series, name, options.Slices.Plane), passedOver);
    }

    // DICOM files have any name, so all are looked into; only where none is one, names tell what else there is.
    private static SourceContents ReadFolder(SeriesConversionOptions options, CancellationToken cancellationToken)
    {
        var (files, images, passedOver) = (FilesOf(options.Source, options.OutputFolder), new List<DicomImage>(), 0);
        foreach (var file in files)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (IsDicom(file) && DicomImage.ParseUnlessDocument(DicomFile.ReadBytes(file), file) is { } image)
                images.Add(image);
            else
                passedOver++;
        }

        if (images.Count > 0)
            return OfImages(images, options.Source, options, passedOver);
        // Its pictures alone would make a dataset that nobody asked for.
        if (PublishedDataset.ProblemOf(options.Source) is { } published)
            throw new ConversionException($"'{options.Source}' {published}, or name the folder of its pictures to convert these");
        // Passing over one of several volumes would be noticed late.
        if (files.Select(file => (Name: file, Problem: NiftiPair.ProblemOf(file))).FirstOrDefault(file => file.Problem is not null) is { Problem: { } problem } pair)
            throw new ConversionException($"'{pair.Name}' is nothing that is converted; {problem}");
        var others = files.Where(file => IsNifti(file) || IsPicture(file)).ToList();
        if (others.Count == 0)
            throw new ConversionException($"'{options.Source}' holds nothing that is converted; neither it nor its folders have a DICOM, NIfTI, PNG or JPEG file; name the folder that they lie in");
        return new SourceContents(others.Select(ReadOther), AreMany: true, files.Count - others.Count);
    }

    private static ScanSource ReadOther(string file) => IsNifti(file) ? ScanSource.Of(NiftiVolume.Load(file)) : new ScanPicture(RgbImage.Load(file));

    // What an earlier conversion left within the source is none of it.
    private static List<string> FilesOf(string folder, string output)
    {
        var made = FolderPath.Of(output);
        var search = new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = Depth, AttributesToSkip = FileAttributes.ReparsePoint | FileAttributes.Hidden, IgnoreInaccessible = false };
        try
        {
            return [.. Directory.EnumerateFiles(folder, "*", search).Where(file => !Path.GetFileName(file).Equals("DICOMDIR", StringComparison.OrdinalIgnoreCase) && !FolderPath.Holds(made, file)).Order(StringComparer.Ordinal)];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ConversionException(ConversionFault.Options, $"the source cannot be read; {error.Message}; name a folder that this user may read", error);
        }
    }

    private static bool IsDicom(string path)
    {
        if (OrdinaryFile.LengthOf(path) == 0)
            return false;
        var header = new byte[DicomFile.HeaderLength];
        try
        {
            using var file = OrdinaryFile.OpenRead(path);
            return DicomFile.IsOneOrBare(header.AsSpan(0, file.ReadAtLeast(header, header.Length, throwOnEndOfStream: false)));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DicomFormatException(path, $"cannot be read: {error.Message}", error);
        }
    }

    private static bool IsNifti(string path) => path.EndsWith(".nii", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".nii.gz", StringComparison.OrdinalIgnoreCase);

    private static bool IsPicture(string path) => PictureSuffixes.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase);

    private static SourceFormat FormatOf(string path)
    {
        var header = new byte[DicomFile.HeaderLength];
        int length;
        try
        {
            using var file = OrdinaryFile.OpenRead(path);
            length = file.ReadAtLeast(header, header.Length, throwOnEndOfStream: false);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ConversionException(ConversionFault.Options, $"the source cannot be read; {error.Message}; name a file or folder that is there", error);
        }

        if (header.AsSpan(0, 4).SequenceEqual("PK\x3\x4"u8) || header.AsSpan(0, 4).SequenceEqual("PK\x5\x6"u8))
            return SourceFormat.Zip;
        if (DicomFile.IsOneOrBare(header.AsSpan(0, length)))
            return SourceFormat.Dicom;
        if (IsNifti(path))
            return SourceFormat.Nifti;
        if (IsPicture(path))
            return SourceFormat.Picture;
        if (NiftiPair.ProblemOf(path) is { } pair)
            throw new ConversionException($"'{path}' is nothing that is converted; {pair}");
        throw new ConversionException($"'{path}' is nothing that is converted; it is neither DICOM nor a zip archive, nor named .nii, .nii.gz, .png or .jpg; "
            + "give a folder of a DICOM series, a DICOM file, a zip archive of DICOM files, a NIfTI file or a PNG or JPEG, or a folder of these");
    }

    private enum SourceFormat
    {
        Dicom,
        Zip,
        Nifti,
        Picture,
    }
}

using System.Globalization;
using HealthGpt.Data.Dicom;
using HealthGpt.Data.Images;
using HealthGpt.Storage.Files;

namespace HealthGpt.Data.Conversion;

/// <summary>Makes a dataset of the pictures of one series. Nothing of a DICOM file but its pixels, their geometry and their meaning gets into it.</summary>
public static class SeriesConversion
{
    /// <summary>Converts a source.</summary>
    /// <param name="options">From where, to where, and how.</param>
    /// <param name="cancellationToken">Stops between two files or pictures; nothing is left then.</param>
    /// <returns>What was made.</returns>
    /// <exception cref="ConversionException">An option, the source or the output folder cannot be used.</exception>
    /// <exception cref="DicomFormatException">A DICOM file cannot be read, or the files make no volume.</exception>
    /// <exception cref="Volumes.NiftiFormatException">The NIfTI file cannot be read.</exception>
    public static async Task<ConversionResult> RunAsync(SeriesConversionOptions options, CancellationToken cancellationToken = default)
    {
        options.Slices.Check();
        options.Task.Check();
        CheckPlaces(options);
        var source = await SourceReader.ReadAsync(options, cancellationToken);
        try
        {
            using var folder = DatasetFolder.Create(options.OutputFolder, options.Task);
            var (number, notANumber) = (0, 0L);
            foreach (var scan in source.Scans)
            {
                number++;
                notANumber += WriteScan(options, scan, source.AreMany ? number : null, folder, cancellationToken);
            }

            cancellationToken.ThrowIfCancellationRequested();
            folder.Complete();
            return new ConversionResult(Path.GetFullPath(options.OutputFolder), folder.Pictures, folder.Train, folder.Validation, notANumber)
            {
                PassedOver = source.PassedOver > 0 ? source.PassedOver : null,
            };
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            var (reason, remedy) = FileTrouble.IsOfFullDisk(error)
                ? ($"the disk of '{options.OutputFolder}' is full", "free some of it, or name a folder on another")
                : (error.Message, "name a folder that this user may write to");
            throw new ConversionException(ConversionFault.Outside, $"the output folder cannot be written; {reason}; {remedy}", error);
        }
    }

    private static void CheckPlaces(SeriesConversionOptions options)
    {
        if (options.Source.Length == 0)
            throw new ConversionException(ConversionFault.Options, "the source has no name; nothing can be read from it; name a file, a folder or an address");
        if (options.OutputFolder.Length == 0)
            throw new ConversionException(ConversionFault.Options, "the output folder has no name; nothing can be written into it; name a folder");
        var output = FolderPath.Of(options.OutputFolder);
        if (!DicomWebSeries.IsAddress(options.Source) && FolderPath.Holds(output, options.Source) && Directory.Exists(output) && Path.Exists(options.Source) && !IsEmpty(output))
            throw new ConversionException(ConversionFault.Options, $"the source lies in the output folder '{output}', which would replace it; its files would be lost; name another output folder");
        DatasetFolder.CheckPlace(output);
    }

    private static bool IsEmpty(string folder) => !Directory.EnumerateFileSystemEntries(folder).Any();

    /// <returns>The voxels that are no number.</returns>
    private static long WriteScan(SeriesConversionOptions options, ScanSource scan, int? number, DatasetFolder folder, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        switch (scan)
        {
            case ScanVolume volume:
                return WriteSlices(options, volume, number, folder, cancellationToken);
            case ScanPicture picture:
                CheckPicture(options);
                if (options.Slices.Plane is not null || options.Window != WindowChoice.Automatic)
                    throw new ConversionException(ConversionFault.Options, "a plane or a window is given; the source is of pictures, which have neither; leave it out");
                Write(options, folder, Numbered("picture", number ?? 1), options.Slices.Resize(picture.Image, 1, 1));
                return 0;
            default:
                WriteFrames(options, ((ScanFrames)scan).Image, number, folder, cancellationToken);
                return 0;
        }
    }

    private static long WriteSlices(SeriesConversionOptions options, ScanVolume volume, int? number, DatasetFolder folder, CancellationToken cancellationToken)
    {
        var plane = options.Slices.PlaneOf(volume.Slices);
        var shown = ShownBy(options.Window, volume);
        var (notANumber, voxels, name) = (0L, 0L, "");
        var scan = ScanName(number);
        foreach (var slice in options.Slices.Of(volume.Slices(plane)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var image = options.Slices.Resize(GreySlice.Render(slice, shown, volume.IsInverted, ref notANumber), slice.PixelWidth, slice.PixelHeight);
            Write(options, folder, PrefixOf(scan) + Numbered(plane.ToString().ToLowerInvariant(), slice.Index + 1), image, scan);
            (voxels, name) = (voxels + slice.Values.Length, slice.Volume);
        }

        return notANumber < voxels || voxels == 0
            ? notANumber
            : throw new ConversionException($"volume '{name}' has no number in any voxel of its slices; every picture of it would be black; make it anew, or leave it out");
    }

    private static Func<float[], byte[]> ShownBy(WindowChoice choice, ScanVolume volume)
    {
        if (choice == WindowChoice.Automatic && volume.VoiTable is { } table)
            return values => table.Apply(values);
        var window = choice.Resolve(volume.Modality, volume.Window, volume.Sample);
        return values => window.Apply(values);
    }

    private static void WriteFrames(SeriesConversionOptions options, DicomImage image, int? number, DatasetFolder folder, CancellationToken cancellationToken)
    {
        CheckPicture(options);
        for (var frame = 0; frame < image.Frames; frame++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var shape = image.Shape(frame);
            var rendered = image.Render(frame, WindowOf(options.Window, image, frame));
            Write(options, folder, PrefixOf(ScanName(number)) + Numbered("frame", frame + 1), options.Slices.Resize(rendered, shape.Width, shape.Height));
        }
    }

    private static void CheckPicture(SeriesConversionOptions options)
    {
        if (options.Slices.Spacing is { } spacing)
            throw new ConversionException(ConversionFault.Options, $"the spacing is {spacing} mm; the source is a picture and no volume with slices some way apart; leave it out");
    }

    // Left to itself the picture also knows the file's table of brightness.
    private static DicomWindow? WindowOf(WindowChoice choice, DicomImage image, int frame) =>
        choice == WindowChoice.Automatic || image.IsColour ? null : choice.Resolve(image.Modality, null, () => ScanVolume.SampleOf(image.Measured(frame)));

    private static void Write(SeriesConversionOptions options, DatasetFolder folder, string name, RgbImage image, string? scan = null)
    {
        folder.AddPicture(name, image);
        folder.AddSample(name, options.Task.Answer ?? name, heldOut: false, patient: scan);
    }

    private static string? ScanName(int? number) => number is null ? null : string.Create(CultureInfo.InvariantCulture, $"scan-{number:0000}");

    private static string PrefixOf(string? scan) => scan is null ? "" : $"{scan}-";

    private static string Numbered(string what, int number) => string.Create(CultureInfo.InvariantCulture, $"{what}-{number:0000}.png");
}

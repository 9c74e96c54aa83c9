using HealthGpt.Data.Dicom;
using HealthGpt.Data.Volumes;

namespace HealthGpt.Data.Conversion;

/// <summary>What was read, whatever format it came in.</summary>
internal abstract record ScanSource
{
    /// <summary>Takes images for a volume; a picture that lies nowhere, or a single one of which no other plane is wanted, stays a picture.</summary>
    public static ScanSource Of(IReadOnlyList<DicomImage> images, string name, SlicePlane? plane)
    {
        if (images is [var single] && plane is null && (single.Frames == 1 || single.IsColour || IsFilm(single)))
            return new ScanFrames(single);
        var volume = DicomVolume.Assemble(images, name);
        return new ScanVolume(volume.Modality, volume.Window, volume.Slices, volume.Sample, volume.IsInverted, volume.VoiTable);
    }

    // Frames that all lie at one place, or nowhere, are a film or many values of it.
    private static bool IsFilm(DicomImage image) =>
        image.Plane(0) is not { } first || Enumerable.Range(1, image.Frames - 1).All(frame => image.Plane(frame)?.Position == first.Position);

    public static ScanSource Of(NiftiVolume volume) => new ScanVolume(null, null, volume.Slices, () => ScanVolume.SampleOf(volume.Voxels));
}

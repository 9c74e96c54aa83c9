using HealthGpt.Data.Dicom;
using HealthGpt.Data.Volumes;

namespace HealthGpt.Data.Conversion;

/// <summary>What was read, whatever format it came in.</summary>
internal abstract record ScanSource
{
    /// <summary>Takes images for a volume; a picture that lies nowhere, or a single one of which no other plane is wanted, stays a picture.</summary>
    public static ScanSource Of(IReadOnlyList<DicomImage> images, string name, SlicePlane? plane)
    {
        if (images is [var single] && plane is null && (single.Frames == 1 || single.IsColour || single.Plane(0) is null))
            return new ScanFrames(single);
        var volume = DicomVolume.Assemble(images, name);
        return new ScanVolume(volume.Modality, volume.Window, volume.Slices, volume.Sample, volume.IsInverted, volume.VoiTable);
    }

    public static ScanSource Of(NiftiVolume volume) => new ScanVolume(null, null, volume.Slices, () => ScanVolume.SampleOf(volume.Voxels));
}

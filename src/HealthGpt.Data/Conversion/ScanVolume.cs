using HealthGpt.Data.Dicom;
using HealthGpt.Data.Volumes;

namespace HealthGpt.Data.Conversion;

/// <summary>A volume to be sliced.</summary>
/// <param name="Modality">What made it, such as CT or MR; null if nobody tells.</param>
/// <param name="Window">The window that the file gives, if any.</param>
/// <param name="Slices">The slices of a plane.</param>
/// <param name="Sample">Finite values, evenly out of all of them.</param>
/// <param name="IsInverted">Whether low values are bright.</param>
/// <param name="VoiTable">The file's table of brightness where it gives no window, if any.</param>
internal sealed record ScanVolume(
    string? Modality, DicomWindow? Window, Func<SlicePlane, VolumeSlices> Slices, Func<float[]> Sample, bool IsInverted = false, LookupTable? VoiTable = null) : ScanSource
{
    private const int MostSampled = 1 << 20;

    public static float[] SampleOf(ReadOnlySpan<float> voxels)
    {
        var step = ((voxels.Length - 1) / MostSampled) + 1;
        var sample = new List<float>((voxels.Length / step) + 1);
        for (var i = 0; i < voxels.Length; i += step)
        {
            if (float.IsFinite(voxels[i]))
                sample.Add(voxels[i]);
        }

        return [.. sample];
    }
}

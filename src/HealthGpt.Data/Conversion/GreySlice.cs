using HealthGpt.Data.Dicom;
using HealthGpt.Data.Images;
using HealthGpt.Data.Volumes;

namespace HealthGpt.Data.Conversion;

/// <summary>Turns the values of a slice into grey, one pixel a voxel.</summary>
internal static class GreySlice
{
    /// <param name="slice">The slice.</param>
    /// <param name="window">Which values are seen.</param>
    /// <param name="inverted">Whether low values are bright.</param>
    /// <param name="notANumber">Grows by the voxels that are no number; they become black.</param>
    public static RgbImage Render(VolumeSlice slice, DicomWindow window, bool inverted, ref long notANumber) =>
        Render(slice, values => window.Apply(values), inverted, ref notANumber);

    /// <param name="slice">The slice.</param>
    /// <param name="shown">What brightness values have.</param>
    /// <param name="inverted">Whether low values are bright.</param>
    /// <param name="notANumber">Grows by the voxels that are no number; they become black.</param>
    public static RgbImage Render(VolumeSlice slice, Func<float[], byte[]> shown, bool inverted, ref long notANumber)
    {
        var values = slice.Values.ToArray();
        for (var i = 0; i < values.Length; i++)
        {
            if (!float.IsNaN(values[i]))
                continue;
            values[i] = inverted ? float.PositiveInfinity : float.NegativeInfinity;
            notANumber++;
        }

        var grey = shown(values);
        if (inverted)
        {
            foreach (ref var value in grey.AsSpan()) value = (byte)(255 - value);
        }

        return RgbImage.FromGrey(slice.Width, slice.Height, grey);
    }
}

using HealthGpt.Data.Images;

namespace HealthGpt.Data.Volumes;

/// <summary>
/// One slice as a picture shows it: the patient's right on the left, front (axial) or head (coronal, sagittal) on top, the face of sagittal slices on the left.
/// </summary>
public sealed class VolumeSlice
{
    private readonly float[] _values;

    internal VolumeSlice(float[] values) => _values = values;

    /// <summary>The name of the volume it was cut from.</summary>
    public required string Volume { get; init; }

    /// <summary>How it lies.</summary>
    public required SlicePlane Plane { get; init; }

    /// <summary>Its place among the slices of its plane, from 0.</summary>
    public required int Index { get; init; }

    /// <summary>Where its middle lies along the plane's normal.</summary>
    public required double Millimetres { get; init; }

    /// <summary>Pixels of a row.</summary>
    public required int Width { get; init; }

    /// <summary>Rows.</summary>
    public required int Height { get; init; }

    /// <summary>Millimetres from one column to the next.</summary>
    public required double PixelWidth { get; init; }

    /// <summary>Millimetres from one row to the next.</summary>
    public required double PixelHeight { get; init; }

    /// <summary>The scaled voxels, row by row from the top.</summary>
    public ReadOnlySpan<float> Values => _values;

    /// <summary>Turns it into a grey picture.</summary>
    /// <param name="window">What is black and what is white; by default the percentiles of the slice.</param>
    /// <param name="notANumber">The brightness of voxels that are no number; null to refuse them.</param>
    /// <returns>The picture, one pixel a voxel, whatever the voxels' shape.</returns>
    /// <exception cref="NiftiFormatException">A voxel is no number.</exception>
    public RgbImage Render(IntensityWindow? window = null, byte? notANumber = null)
    {
        var bad = notANumber is null ? Array.FindIndex(_values, float.IsNaN) : -1;
        if (bad >= 0)
        {
            throw new NiftiFormatException(
                Volume,
                $"{Plane.ToString().ToLowerInvariant()} slice {Index} has a voxel that is no number at column {bad % Width}, row {bad / Width}; repair it or say how bright such voxels are to be");
        }

        var map = window ?? IntensityWindow.FromPercentiles(_values);
        var grey = new byte[_values.Length];
        for (var i = 0; i < grey.Length; i++)
            grey[i] = float.IsNaN(_values[i]) ? notANumber!.Value : map.Map(_values[i]);
        return RgbImage.FromGrey(Width, Height, grey);
    }
}

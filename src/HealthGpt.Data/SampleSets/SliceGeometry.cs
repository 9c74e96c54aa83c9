using HealthGpt.Data.Volumes;

namespace HealthGpt.Data.SampleSets;

/// <summary>
/// Where the pixels of a slice lie. All pictures share one square field of view; their rows run downwards or to the back and their columns to the
/// patient's left or, in sagittal slices, to the back, so every pixel axis runs against its millimetres.
/// </summary>
internal static class SliceGeometry
{
    public const int FieldOfView = 217;
    public const int Size = 128;
    public const double PixelSize = (double)FieldOfView / Size;

    /// <summary>The axes by index: x, y, z.</summary>
    public const string Names = "xyz";

    // The whole head fits between these: x is centred on the midline, y on the volume, z so that the scalp has room.
    private static readonly double[] Tops = [108.5, 91.5, 127.5];

    public static int Normal(SlicePlane plane) => plane switch
    {
        SlicePlane.Axial => 2,
        SlicePlane.Coronal => 1,
        _ => 0,
    };

    public static int Columns(SlicePlane plane) => plane == SlicePlane.Sagittal ? 1 : 0;

    public static int Rows(SlicePlane plane) => plane == SlicePlane.Axial ? 1 : 2;

    /// <summary>Millimetres of the middle of the first pixel along an axis; the next ones are <see cref="PixelSize"/> less each.</summary>
    public static double FirstPixel(int axis) => Tops[axis] - (PixelSize / 2);

    /// <summary>Millimetres of the middle of the first voxel along an axis at full resolution; the next ones are 1 less each.</summary>
    public static int FirstVoxel(int axis) => (int)(Tops[axis] - 0.5);
}

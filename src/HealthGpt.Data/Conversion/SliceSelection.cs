using HealthGpt.Data.Images;
using HealthGpt.Data.Volumes;

namespace HealthGpt.Data.Conversion;

/// <summary>Which slices of a volume become pictures, and of what size. A picture shows its slice at true aspect, whatever the voxels' shape.</summary>
public sealed record SliceSelection
{
    private const double SameSpacing = 1.01;
    private const int MaximumSide = 1 << 14;
    private const int MaximumPixels = 1 << 26;

    /// <summary>How the slices lie; null for the plane of the finest pixels, which is the one that was scanned, and axial where all are alike.</summary>
    public SlicePlane? Plane { get; init; }

    /// <summary>Millimetres from one picture to the next, for which the nearest slices are taken; null for every slice.</summary>
    public double? Spacing { get; init; }

    /// <summary>Pixels of a picture's longer side; null to keep the finer of the two spacings of the voxels.</summary>
    public int? Size { get; init; }

    /// <exception cref="ConversionException">A value is out of range.</exception>
    internal void Check()
    {
        if (Spacing is { } spacing && !(spacing > 0 && double.IsFinite(spacing)))
            throw new ConversionException(ConversionFault.Options, $"the spacing is {spacing} mm; pictures lie some way apart; give millimetres above 0");
        if (Size is < 1 or > MaximumSide)
            throw new ConversionException(ConversionFault.Options, $"the size is {Size} pixels; a picture's side has 1 to {MaximumSide}; give one of these");
    }

    internal SlicePlane PlaneOf(Func<SlicePlane, VolumeSlices> slices)
    {
        if (Plane is { } plane)
            return plane;
        var best = SlicePlane.Axial;
        foreach (var other in (SlicePlane[])[SlicePlane.Coronal, SlicePlane.Sagittal])
            best = slices(other).Spacing > SameSpacing * slices(best).Spacing ? other : best;
        return best;
    }

    internal IEnumerable<VolumeSlice> Of(VolumeSlices slices)
    {
        for (var k = 0; ; k++)
        {
            var index = Math.Round(Math.Max(k, k * (Spacing ?? 0) / slices.Spacing), MidpointRounding.AwayFromZero);
            if (index >= slices.Count)
                yield break;
            yield return slices[(int)index];
        }
    }

    /// <summary>Gives a picture square pixels and its size.</summary>
    /// <param name="image">One pixel a voxel.</param>
    /// <param name="pixelWidth">Millimetres from one column to the next.</param>
    /// <param name="pixelHeight">Millimetres from one row to the next.</param>
    /// <exception cref="ConversionException">The picture would be larger than any that is read.</exception>
    internal RgbImage Resize(RgbImage image, double pixelWidth, double pixelHeight)
    {
        var (width, height) = (image.Width * pixelWidth, image.Height * pixelHeight);
        var pixel = Size is { } size ? Math.Max(width, height) / size : Math.Min(pixelWidth, pixelHeight);
        var (columns, rows) = (Math.Max(1, Math.Round(width / pixel)), Math.Max(1, Math.Round(height / pixel)));
        if (columns > MaximumSide || rows > MaximumSide || columns * rows > MaximumPixels)
        {
            throw new ConversionException(ConversionFault.Options, $"a picture would have {columns} x {rows} pixels; read are at most {MaximumSide} a side and {MaximumPixels} in all; "
                + "give --size, the pixels of the longer side");
        }

        return Resampling.Resize(image, (int)columns, (int)rows, ResampleFilter.Bicubic);
    }
}

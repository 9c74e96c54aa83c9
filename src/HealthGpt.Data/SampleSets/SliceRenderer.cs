using HealthGpt.Data.Images;
using HealthGpt.Data.Volumes;

namespace HealthGpt.Data.SampleSets;

/// <summary>Cuts slices out of the volumes and blanks what is held out.</summary>
internal sealed class SliceRenderer(Colin27Volumes volumes)
{
    // Grey matter is near 85 and white matter near 115 in the volume; scalp fat above 160 may saturate so that the brain gets the range.
    private const double White = 160;
    private const int LowResolutionSize = 16;

    public Slice Render(SlicePlane plane, int position, bool skull, bool validation)
    {
        var blanked = validation ? [] : Colin27SampleSet.Slabs.Where(slab => slab.Plane != plane).ToList();
        var size = SliceGeometry.FieldOfView;
        var grey = new byte[size * size];
        var (visible, hidden) = (new int[Structure.All.Count], new int[Structure.All.Count]);
        int columns = SliceGeometry.Columns(plane), rows = SliceGeometry.Rows(plane);
        var at = new int[3];
        at[SliceGeometry.Normal(plane)] = position;
        bool[] blankRows = Bands(blanked, rows), blankColumns = Bands(blanked, columns);
        for (var row = 0; row < size; row++)
        {
            at[rows] = SliceGeometry.FirstVoxel(rows) - row;
            for (var column = 0; column < size; column++)
            {
                at[columns] = SliceGeometry.FirstVoxel(columns) - column;
                var isBlank = blankRows[row] || blankColumns[column];
                if (volumes.StructureAt(at) is var structure and >= 0)
                    (isBlank ? hidden : visible)[structure]++;
                if (!isBlank)
                    grey[(row * size) + column] = (byte)Math.Min(255, Math.Round(volumes.Intensity(at, skull) * (255 / White)));
            }
        }

        var image = Shrink(RgbImage.FromGrey(size, size, grey), plane, blanked);
        return new Slice
        {
            Plane = plane,
            Position = position,
            Skull = skull,
            Validation = validation,
            Image = image,
            LowResolution = Resampling.Resize(image, LowResolutionSize, LowResolutionSize, ResampleFilter.Bicubic),
            Visible = visible,
            Hidden = hidden,
            Blanked = blanked,
        };
    }

    /// <summary>Which voxels along an axis training may not see.</summary>
    private static bool[] Bands(List<HeldOutSlab> blanked, int axis)
    {
        var slabs = blanked.Where(slab => SliceGeometry.Normal(slab.Plane) == axis).ToList();
        return [.. Enumerable.Range(0, SliceGeometry.FieldOfView).Select(i => slabs.Any(slab => slab.Blanks(SliceGeometry.FirstVoxel(axis) - i)))];
    }

    // The voxels were blanked before the resize, so nothing held out can leak; the second blanking removes what the kernel bleeds into the bands.
    private static RgbImage Shrink(RgbImage full, SlicePlane plane, List<HeldOutSlab> blanked)
    {
        var image = Resampling.Resize(full, SliceGeometry.Size, SliceGeometry.Size, ResampleFilter.Lanczos);
        foreach (var slab in blanked)
        {
            var axis = SliceGeometry.Normal(slab.Plane);
            var acrossColumns = axis == SliceGeometry.Columns(plane);
            for (var i = 0; i < SliceGeometry.Size; i++)
            {
                if (slab.Blanks(SliceGeometry.FirstPixel(axis) - (i * SliceGeometry.PixelSize)))
                    BlankLine(image, i, acrossColumns);
            }
        }

        return image;
    }

    private static void BlankLine(RgbImage image, int index, bool column)
    {
        for (var i = 0; i < SliceGeometry.Size; i++)
        {
            var pixel = column ? (i * SliceGeometry.Size) + index : (index * SliceGeometry.Size) + i;
            image.Pixels.AsSpan(pixel * 3, 3).Clear();
        }
    }
}

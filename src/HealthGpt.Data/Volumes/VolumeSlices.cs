using System.Globalization;

namespace HealthGpt.Data.Volumes;

/// <summary>The slices of a volume parallel to one plane, from left to right, back to front or bottom to top.</summary>
public sealed class VolumeSlices
{
    private readonly string _volume;
    private readonly float[] _voxels;
    private readonly RasGrid _grid;
    private readonly int _normal;
    private readonly int _columns;
    private readonly int _rows;

    internal VolumeSlices(string volume, IReadOnlyList<int> shape, double[,] affine, float[] voxels, SlicePlane plane)
    {
        _volume = volume;
        _voxels = voxels;
        _grid = RasGrid.Of(shape, affine);
        Plane = plane;
        (_normal, _columns, _rows) = plane switch
        {
            SlicePlane.Axial => (2, 0, 1),
            SlicePlane.Coronal => (1, 0, 2),
            SlicePlane.Sagittal => (0, 1, 2),
            _ => throw new ArgumentOutOfRangeException(nameof(plane), plane, "not a plane"),
        };
    }

    /// <summary>The plane.</summary>
    public SlicePlane Plane { get; }

    /// <summary>How many there are.</summary>
    public int Count => _grid.Shape[_normal];

    /// <summary>Millimetres from one slice to the next.</summary>
    public double Spacing => LengthOf(_normal);

    /// <summary>One slice by its place.</summary>
    /// <param name="index">From 0, the leftmost, hindmost or lowest.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such slice.</exception>
    public VolumeSlice this[int index]
    {
        get
        {
            if (index < 0 || index >= Count)
                throw new ArgumentOutOfRangeException(nameof(index), index, $"volume '{_volume}' has {Count} slices of this plane, from 0");
            return Cut(index);
        }
    }

    /// <summary>The slice nearest to a position.</summary>
    /// <param name="millimetres">Along the plane's normal, to the right, to the front or up, in the coordinates of the volume's affine.</param>
    /// <returns>The slice.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The position lies more than half a slice outside the volume.</exception>
    public VolumeSlice At(double millimetres)
    {
        var (first, step) = (PositionOf(0), _grid.Affine[_normal, _normal]);
        var index = Math.Round((millimetres - first) / step, MidpointRounding.AwayFromZero);
        if (index >= 0 && index < Count)
            return Cut((int)index);
        var range = string.Create(CultureInfo.InvariantCulture, $"{first:0.###} to {PositionOf(Count - 1):0.###}");
        throw new ArgumentOutOfRangeException(nameof(millimetres), millimetres, $"volume '{_volume}' has slices of this plane from {range} mm");
    }

    // Of a tilted slice the middle counts.
    private double PositionOf(int index)
    {
        var affine = _grid.Affine;
        double Middle(int axis) => affine[_normal, axis] * (_grid.Shape[axis] - 1) / 2.0;
        return affine[_normal, 3] + (affine[_normal, _normal] * index) + Middle(_columns) + Middle(_rows);
    }

    private VolumeSlice Cut(int index)
    {
        // Radiologists' order: the patient's right is left in the picture, front and head are on top, and in sagittal slices the face is on the left.
        int width = _grid.Shape[_columns], height = _grid.Shape[_rows];
        int column = _grid.Steps[_columns], row = _grid.Steps[_rows];
        var last = _grid.Start + (index * _grid.Steps[_normal]) + ((width - 1) * column) + ((height - 1) * row);
        var values = new float[width * height];
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
                values[(y * width) + x] = _voxels[last - (y * row) - (x * column)];
        }

        return new VolumeSlice(values)
        {
            Volume = _volume,
            Plane = Plane,
            Index = index,
            Millimetres = PositionOf(index),
            Width = width,
            Height = height,
            PixelWidth = LengthOf(_columns),
            PixelHeight = LengthOf(_rows),
        };
    }

    private double LengthOf(int axis)
    {
        var affine = _grid.Affine;
        return Math.Sqrt((affine[0, axis] * affine[0, axis]) + (affine[1, axis] * affine[1, axis]) + (affine[2, axis] * affine[2, axis]));
    }
}

using HealthGpt.Data.Volumes;

namespace HealthGpt.Data.Dicom;

/// <summary>A volume read from the files of a series: values of the modality and where they lie. It holds nothing else of the files.</summary>
public sealed class DicomVolume
{
    private const long MaximumVoxels = 1L << 30;

    private readonly float[] _voxels;
    private readonly float[]? _unpadded;

    private DicomVolume(string modality, bool isInverted, int[] shape, float[] voxels, double[,] affine, DicomWindow? window, LookupTable? voiTable, float[]? unpadded)
    {
        VoiTable = voiTable;
        _unpadded = unpadded;
        IsInverted = isInverted;
        Modality = modality;
        Shape = shape;
        _voxels = voxels;
        Affine = affine;
        Window = window;
    }

    /// <summary>What made it, such as CT or MR.</summary>
    public string Modality { get; }

    /// <summary>Whether low values are bright (MONOCHROME1).</summary>
    public bool IsInverted { get; }

    /// <summary>Voxels along the three axes: columns, rows and slices of the files.</summary>
    public IReadOnlyList<int> Shape { get; }

    /// <summary>Voxel index to millimetres (right, anterior, superior), 4 x 4.</summary>
    public double[,] Affine { get; }

    /// <summary>The first window of every slice; null if the files give none or differ in it, as windows chosen for each slice of an MR series do.</summary>
    public DicomWindow? Window { get; }

    /// <summary>The table of brightness of every slice; null if the files give windows, no table, or differ in it.</summary>
    internal LookupTable? VoiTable { get; }

    /// <summary>All voxels, the first axis fastest; padding has the darkest value of all that is none.</summary>
    public ReadOnlySpan<float> Voxels => _voxels;

    /// <summary>One voxel.</summary>
    /// <param name="x">Index on the first axis.</param>
    /// <param name="y">Index on the second axis.</param>
    /// <param name="z">Index on the third axis.</param>
    public float this[int x, int y, int z] => _voxels[(((z * Shape[1]) + y) * Shape[0]) + x];

    /// <summary>Reads a series.</summary>
    /// <param name="path">A folder with the files of one series and nothing else but a DICOMDIR and hidden files, or a file of several frames.</param>
    /// <returns>The volume.</returns>
    /// <exception cref="DicomFormatException">A file cannot be read, or the files make no volume: several series, differing geometry, a slice missing.</exception>
    public static DicomVolume Load(string path) => Assemble([.. FilesOf(path).Select(DicomImage.Load)], path);

    /// <summary>Puts the images of a series together, in the order of their positions.</summary>
    /// <param name="images">All images of the series, in any order.</param>
    /// <param name="name">What errors call the series.</param>
    /// <returns>The volume.</returns>
    /// <exception cref="DicomFormatException">A frame is damaged, or the images make no volume.</exception>
    public static DicomVolume Assemble(IReadOnlyList<DicomImage> images, string name)
    {
        var stack = SliceStack.Of(images, name);
        var first = stack.Slices[0].Image;
        int[] shape = [first.Columns, first.Rows, stack.Slices.Count];
        var count = (long)shape[0] * shape[1] * shape[2];
        if (count > MaximumVoxels)
            throw new DicomFormatException(name, $"it has {count} voxels, more than {MaximumVoxels}; resample it to a coarser grid");
        var voxels = ReadVoxels(stack, out var unpadded);
        return new DicomVolume(first.Modality, first.IsInverted, shape, voxels, stack.Affine(), WindowOf(stack), VoiTableOf(stack), unpadded);
    }

    /// <summary>The same volume with its axes swapped and flipped so that they run to the right, to the front and up, as nearly as they can.</summary>
    /// <returns>A volume whose affine is nearest to diagonal and positive.</returns>
    public DicomVolume ToRas()
    {
        var grid = RasGrid.Of(Shape, Affine);
        return new DicomVolume(Modality, IsInverted, grid.Shape, grid.Reorder(_voxels), grid.Affine, Window, VoiTable, _unpadded);
    }

    /// <summary>All slices of a plane, whatever way the files' own axes run.</summary>
    /// <param name="plane">The plane; of an oblique volume the nearest.</param>
    /// <returns>The slices, cut when asked for.</returns>
    public VolumeSlices Slices(SlicePlane plane) => new($"{Modality} series", Shape, Affine, _voxels, plane);

    /// <summary>Finite values, evenly out of all that are no padding.</summary>
    internal float[] Sample() => _unpadded ?? Conversion.ScanVolume.SampleOf(_voxels);

    /// <summary>The files of a series: those of a folder but for a DICOMDIR and hidden ones, or the file itself.</summary>
    internal static IEnumerable<string> FilesOf(string path)
    {
        if (!Directory.Exists(path))
            return [path];
        try
        {
            return [.. Directory.GetFiles(path).Where(IsImage).Order(StringComparer.Ordinal)];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DicomFormatException(path, $"cannot be read: {error.Message}", error);
        }
    }

    private static bool IsImage(string path)
    {
        var name = Path.GetFileName(path);
        return !name.StartsWith('.') && !name.Equals("DICOMDIR", StringComparison.OrdinalIgnoreCase);
    }

    private static DicomWindow? WindowOf(SliceStack stack)
    {
        var windows = stack.Slices.Select(slice => slice.Image.Windows(slice.Frame) is [var window, ..] ? window : null).Distinct().ToList();
        return windows is [var shared] ? shared : null;
    }

    private static LookupTable? VoiTableOf(SliceStack stack)
    {
        var table = stack.Slices[0].Image.VoiTable;
        var shared = table is not null && stack.Slices.All(slice => table.IsSame(slice.Image.VoiTable) && slice.Image.Windows(slice.Frame).Count == 0);
        return shared ? table : null;
    }

    /// <param name="stack">The slices.</param>
    /// <param name="unpadded">A sample of the values that are no padding; null where there is no padding.</param>
    private static float[] ReadVoxels(SliceStack stack, out float[]? unpadded)
    {
        var inverted = stack.Slices[0].Image.IsInverted;
        var area = stack.Slices[0].Image.Rows * stack.Slices[0].Image.Columns;
        var voxels = new float[area * stack.Slices.Count];
        var darkest = inverted ? float.NegativeInfinity : float.PositiveInfinity;
        for (var z = 0; z < stack.Slices.Count; z++)
        {
            var values = stack.Slices[z].Image.Measured(stack.Slices[z].Frame);
            values.CopyTo(voxels, z * area);
            foreach (var value in values)
                darkest = inverted ? value > darkest ? value : darkest : value < darkest ? value : darkest;
        }

        unpadded = Array.Exists(voxels, float.IsNaN) ? Conversion.ScanVolume.SampleOf(voxels) : null;
        for (var i = 0; i < voxels.Length; i++)
        {
            if (float.IsNaN(voxels[i]))
                voxels[i] = float.IsFinite(darkest) ? darkest : 0;
        }

        return voxels;
    }
}

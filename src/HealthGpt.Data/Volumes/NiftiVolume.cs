using HealthGpt.Storage.Files;

namespace HealthGpt.Data.Volumes;

/// <summary>A volume read from a NIfTI-1 or NIfTI-2 file: one frame of scaled voxels and where they lie.</summary>
public sealed class NiftiVolume
{
    private readonly float[] _voxels;
    private readonly int[] _shape;

    internal NiftiVolume(string name, int[] shape, float[] voxels, double[,] affine, int frames)
    {
        Name = name;
        _shape = shape;
        _voxels = voxels;
        Affine = affine;
        Frames = frames;
    }

    /// <summary>The file's path or name.</summary>
    public string Name { get; }

    /// <summary>Voxels along the three axes.</summary>
    public IReadOnlyList<int> Shape => _shape;

    /// <summary>Frames of the file (a time series has several); this is one of them.</summary>
    public int Frames { get; }

    /// <summary>Voxel index to millimetres (right, anterior, superior), 4 x 4.</summary>
    public double[,] Affine { get; }

    /// <summary>All voxels, the first axis fastest.</summary>
    public ReadOnlySpan<float> Voxels => _voxels;

    /// <summary>One voxel.</summary>
    /// <param name="x">Index on the first axis.</param>
    /// <param name="y">Index on the second axis.</param>
    /// <param name="z">Index on the third axis.</param>
    public float this[int x, int y, int z] => _voxels[(((z * _shape[1]) + y) * _shape[0]) + x];

    /// <summary>Reads a .nii or .nii.gz file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">Which frame and how much; the first frame by default.</param>
    /// <returns>The volume.</returns>
    /// <exception cref="NiftiFormatException">The file cannot be read or is no such volume.</exception>
    public static NiftiVolume Load(string path, NiftiReadOptions? options = null)
    {
        try
        {
            using var file = OrdinaryFile.OpenRead(path);
            return NiftiReader.Read(file, path, options ?? new NiftiReadOptions());
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new NiftiFormatException(path, $"cannot be read: {error.Message}", error);
        }
    }

    /// <summary>Reads the bytes of a .nii or .nii.gz file.</summary>
    /// <param name="bytes">The file's bytes.</param>
    /// <param name="name">What errors call it.</param>
    /// <param name="options">Which frame and how much; the first frame by default.</param>
    /// <returns>The volume.</returns>
    /// <exception cref="NiftiFormatException">The bytes are no such volume.</exception>
    public static NiftiVolume Parse(byte[] bytes, string name, NiftiReadOptions? options = null)
    {
        using var file = new MemoryStream(bytes, writable: false);
        return NiftiReader.Read(file, name, options ?? new NiftiReadOptions());
    }

    /// <summary>The same volume with its axes swapped and flipped so that they run to the right, to the front and up, as nearly as they can.</summary>
    /// <returns>A volume whose affine is nearest to diagonal and positive.</returns>
    public NiftiVolume ToRas()
    {
        var grid = RasGrid.Of(Shape, Affine);
        return new NiftiVolume(Name, grid.Shape, grid.Reorder(_voxels), grid.Affine, Frames);
    }

    /// <summary>All slices of a plane, whatever way the file's own axes run.</summary>
    /// <param name="plane">The plane; of an oblique volume the nearest.</param>
    /// <returns>The slices, cut when asked for.</returns>
    public VolumeSlices Slices(SlicePlane plane) => new(Name, _shape, Affine, _voxels, plane);
}

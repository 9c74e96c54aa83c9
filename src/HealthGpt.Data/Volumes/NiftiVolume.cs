using System.IO.Compression;

namespace HealthGpt.Data.Volumes;

/// <summary>A volume read from a NIfTI-1 file: scaled voxels and where they lie. Of a series only the first frame is read.</summary>
public sealed class NiftiVolume
{
    private readonly float[] _voxels;

    private NiftiVolume(int[] shape, float[] voxels, double[,] affine, int frames)
    {
        Shape = shape;
        _voxels = voxels;
        Affine = affine;
        Frames = frames;
    }

    /// <summary>Voxels along the three axes.</summary>
    public IReadOnlyList<int> Shape { get; }

    /// <summary>Frames of the file (a time series has several); this is the first.</summary>
    public int Frames { get; }

    /// <summary>Voxel index to millimetres (right, anterior, superior), 4 x 4.</summary>
    public double[,] Affine { get; }

    /// <summary>All voxels, the first axis fastest.</summary>
    public ReadOnlySpan<float> Voxels => _voxels;

    /// <summary>One voxel.</summary>
    /// <param name="x">Index on the first axis.</param>
    /// <param name="y">Index on the second axis.</param>
    /// <param name="z">Index on the third axis.</param>
    public float this[int x, int y, int z] => _voxels[(((z * Shape[1]) + y) * Shape[0]) + x];

    /// <summary>Reads a .nii or .nii.gz file.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The volume.</returns>
    /// <exception cref="NiftiFormatException">The file cannot be read or is no such volume.</exception>
    public static NiftiVolume Load(string path)
    {
        try
        {
            return Parse(File.ReadAllBytes(path), path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new NiftiFormatException(path, $"cannot be read: {error.Message}", error);
        }
    }

    /// <summary>Reads the bytes of a .nii or .nii.gz file.</summary>
    /// <param name="bytes">The file's bytes.</param>
    /// <param name="name">What errors call it.</param>
    /// <returns>The volume.</returns>
    /// <exception cref="NiftiFormatException">The bytes are no such volume.</exception>
    public static NiftiVolume Parse(byte[] bytes, string name)
    {
        if (bytes.Length >= 2 && bytes[0] == 0x1F && bytes[1] == 0x8B)
            bytes = Decompress(bytes, name);
        var header = NiftiHeader.Read(bytes, name);
        var shape = header.Shape;
        var count = shape[0] * shape[1] * shape[2];
        var needed = (long)count * header.Type.Bytes * header.Frames;
        var present = bytes.Length - header.DataOffset;
        if (present < needed)
            throw new NiftiFormatException(name, $"it holds {present} bytes of voxels, but its header promises {needed}; the file is cut short");

        var voxels = new float[count];
        var type = header.Type;
        for (var i = 0; i < count; i++)
        {
            var stored = type.Read(bytes.AsSpan(header.DataOffset + (i * type.Bytes), type.Bytes), header.BigEndian);
            voxels[i] = (float)((stored * header.Slope) + header.Intercept);
        }

        return new NiftiVolume(shape, voxels, header.Affine, header.Frames);
    }

    /// <summary>The same volume with its axes swapped and flipped so that they run to the right, to the front and up, as nearly as they can.</summary>
    /// <returns>A volume whose affine is nearest to diagonal and positive.</returns>
    public NiftiVolume ToRas()
    {
        var (sources, flips) = VolumeOrientation.NearestTo(Affine);
        int[] shape = [Shape[sources[0]], Shape[sources[1]], Shape[sources[2]]];
        return new NiftiVolume(shape, VoxelOrder.Reorder(_voxels, Shape, sources, flips), VolumeOrientation.Apply(Affine, Shape, sources, flips), Frames);
    }

    private static byte[] Decompress(byte[] bytes, string name)
    {
        try
        {
            using var gzip = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress);
            using var plain = new MemoryStream();
            gzip.CopyTo(plain);
            return plain.ToArray();
        }
        catch (Exception error) when (error is InvalidDataException or IOException)
        {
            throw new NiftiFormatException(name, $"its gzip stream is damaged ({error.Message}); fetch the file again", error);
        }
    }
}

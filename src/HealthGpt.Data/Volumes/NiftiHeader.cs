using System.Buffers.Binary;

namespace HealthGpt.Data.Volumes;

/// <summary>The fields of a NIfTI-1 header that reading a volume needs, checked.</summary>
internal sealed class NiftiHeader
{
    public const int Length = 348;

    private const long MaximumVoxels = 1L << 30;

    private readonly byte[] _bytes;
    private readonly string _name;

    private NiftiHeader(byte[] bytes, string name, bool bigEndian)
    {
        _bytes = bytes;
        _name = name;
        BigEndian = bigEndian;
    }

    public bool BigEndian { get; }

    public int[] Shape { get; private set; } = [];

    public int Frames { get; private set; }

    public NiftiType Type { get; private set; }

    public int DataOffset { get; private set; }

    public double Slope { get; private set; } = 1;

    public double Intercept { get; private set; }

    public double[,] Affine { get; private set; } = new double[4, 4];

    public static NiftiHeader Read(byte[] bytes, string name)
    {
        if (bytes.Length < Length)
            throw new NiftiFormatException(name, $"it has {bytes.Length} bytes, but a NIfTI-1 header alone has {Length}; the file is damaged or cut short");
        var size = BinaryPrimitives.ReadInt32LittleEndian(bytes);
        var swapped = BinaryPrimitives.ReverseEndianness(size);
        if (size == 540 || swapped == 540)
            throw new NiftiFormatException(name, "it is NIfTI-2 and only NIfTI-1 is read; save it as NIfTI-1 (.nii or .nii.gz)");
        if (size != Length && swapped != Length)
            throw new NiftiFormatException(name, $"its header size is {size}, not {Length}; it is no NIfTI-1 file");
        var header = new NiftiHeader(bytes, name, swapped == Length);
        header.ReadMagic();
        header.ReadShape();
        header.ReadData();
        header.Affine = NiftiAffine.Read(header, name);
        return header;
    }

    public short Short(int offset) => BigEndian
        ? BinaryPrimitives.ReadInt16BigEndian(_bytes.AsSpan(offset))
        : BinaryPrimitives.ReadInt16LittleEndian(_bytes.AsSpan(offset));

    public float Single(int offset) => BigEndian
        ? BinaryPrimitives.ReadSingleBigEndian(_bytes.AsSpan(offset))
        : BinaryPrimitives.ReadSingleLittleEndian(_bytes.AsSpan(offset));

    private void ReadMagic()
    {
        var magic = _bytes.AsSpan(344, 4);
        if (magic.SequenceEqual("ni1\0"u8))
            throw new NiftiFormatException(_name, "its voxels are in a separate .img file; save it as one .nii file");
        if (!magic.SequenceEqual("n+1\0"u8))
            throw new NiftiFormatException(_name, "its magic is not 'n+1'; it is no single-file NIfTI-1 volume");
    }

    private void ReadShape()
    {
        var dimensions = Short(40);
        if (dimensions is < 1 or > 7)
            throw new NiftiFormatException(_name, $"dim[0] is {dimensions}, but must be 1 to 7; the header is damaged");
        var shape = new int[] { 1, 1, 1 };
        long frames = 1;
        for (var i = 0; i < dimensions; i++)
        {
            var extent = Short(42 + (2 * i));
            if (extent < 1)
                throw new NiftiFormatException(_name, $"dim[{i + 1}] is {extent}, but must be at least 1; the header is damaged");
            if (i < 3)
                shape[i] = extent;
            else
                frames *= extent;
            if (frames > int.MaxValue)
                throw new NiftiFormatException(_name, $"dim[4..{dimensions}] make {frames} frames; the header is damaged");
        }

        var voxels = (long)shape[0] * shape[1] * shape[2];
        if (voxels > MaximumVoxels)
            throw new NiftiFormatException(_name, $"it has {voxels} voxels, more than {MaximumVoxels}; resample it to a coarser grid");
        Shape = shape;
        Frames = (int)frames;
    }

    private void ReadData()
    {
        var code = Short(70);
        Type = NiftiType.Of(code)
            ?? throw new NiftiFormatException(_name, $"its datatype is {code}; read are {NiftiType.Known}; convert it to one of these");
        var bits = Short(72);
        if (bits != Type.Bytes * 8)
            throw new NiftiFormatException(_name, $"bitpix is {bits}, but datatype {code} has {Type.Bytes * 8} bits; the header is damaged");
        var offset = Single(108);
        if (!(offset >= Length && offset <= _bytes.Length))
            throw new NiftiFormatException(_name, $"vox_offset is {offset}, but must be from {Length} to the file's length {_bytes.Length}");
        DataOffset = (int)offset;
        double slope = Single(112), intercept = Single(116);
        // A slope of 0 or one that is no number means "not scaled" (the standard and nibabel agree).
        if (slope == 0 || !double.IsFinite(slope))
            return;
        Slope = slope;
        Intercept = double.IsFinite(intercept)
            ? intercept
            : throw new NiftiFormatException(_name, $"scl_inter is {intercept}, but must be a number; the header is damaged");
    }
}

using System.Buffers.Binary;

namespace HealthGpt.Data.Volumes;

/// <summary>What reading a volume needs of a NIfTI-1 or NIfTI-2 header, checked.</summary>
internal sealed class NiftiHeader
{
    /// <summary>Bytes that tell which version it is; both headers are longer.</summary>
    public const int ShortestLength = 348;

    // Extensions lie between header and voxels; those seen in practice are a few hundred kilobytes.
    private const long MaximumOffset = 1L << 26;

    private readonly string _name;
    private readonly NiftiFields _fields;

    private NiftiHeader(string name, NiftiFields fields)
    {
        _name = name;
        _fields = fields;
    }

    public bool BigEndian => _fields.BigEndian;

    public int[] Shape { get; private set; } = [];

    public long Frames { get; private set; }

    public NiftiType Type { get; private set; }

    public long DataOffset { get; private set; }

    public double Slope { get; private set; } = 1;

    public double Intercept { get; private set; }

    public double[,] Affine { get; private set; } = new double[4, 4];

    public int Voxels => Shape[0] * Shape[1] * Shape[2];

    public long FrameBytes => (long)Voxels * Type.Bytes;

    /// <summary>The version and byte order that the first bytes announce.</summary>
    public static (NiftiLayout Layout, bool BigEndian) Recognise(ReadOnlySpan<byte> first, string name)
    {
        var size = BinaryPrimitives.ReadInt32LittleEndian(first);
        foreach (var layout in (NiftiLayout[])[NiftiLayout.Version1, NiftiLayout.Version2])
        {
            if (size == layout.Length)
                return (layout, false);
            if (BinaryPrimitives.ReverseEndianness(size) == layout.Length)
                return (layout, true);
        }

        throw new NiftiFormatException(name, $"its header size is {size}, but must be 348 (NIfTI-1) or 540 (NIfTI-2); it is no NIfTI file");
    }

    public static NiftiHeader Read(NiftiFields fields, string name, int maximumVoxels)
    {
        var header = new NiftiHeader(name, fields);
        header.CheckMagic();
        header.ReadShape(maximumVoxels);
        header.ReadType();
        header.ReadOffset();
        header.ReadScale();
        header.Affine = NiftiAffine.Read(fields, header.Shape, name);
        return header;
    }

    private void CheckMagic()
    {
        var version = _fields.Layout.Version;
        var magic = _fields.Magic;
        if (magic.StartsWith(version == 1 ? "ni1\0"u8 : "ni2\0"u8))
            throw new NiftiFormatException(_name, $"its voxels are in a separate .img file; {NiftiPair.Advice("NAME.hdr", "NAME")}");
        if (!magic.SequenceEqual(version == 1 ? "n+1\0"u8 : "n+2\0\r\n\u001A\n"u8))
            throw new NiftiFormatException(_name, $"its magic is not 'n+{version}'; it is no single-file NIfTI-{version} volume, or was changed by a text-mode transfer");
    }

    private void ReadShape(int maximumVoxels)
    {
        var dimensions = _fields.Dimension(0);
        if (dimensions is < 1 or > 7)
            throw new NiftiFormatException(_name, $"dim[0] is {dimensions}, but must be 1 to 7; the header is damaged");
        var extents = new long[] { 1, 1, 1, 1 };
        for (var i = 1; i <= dimensions; i++)
        {
            var extent = _fields.Dimension(i);
            if (extent is < 1 or > int.MaxValue)
                throw new NiftiFormatException(_name, $"dim[{i}] is {extent}, but must be at least 1 and at most {int.MaxValue}; the header is damaged");
            extents[Math.Min(i, 4) - 1] *= extent;
            if (extents[3] > int.MaxValue)
                throw new NiftiFormatException(_name, $"dim[4..{dimensions}] make {extents[3]} frames or more; the header is damaged");
        }

        var voxels = (UInt128)extents[0] * (UInt128)extents[1] * (UInt128)extents[2];
        if (voxels > (UInt128)maximumVoxels)
            throw new NiftiFormatException(_name, $"it has {extents[0]} x {extents[1]} x {extents[2]} voxels, more than {maximumVoxels}; resample it to a coarser grid");
        Shape = [(int)extents[0], (int)extents[1], (int)extents[2]];
        Frames = extents[3];
    }

    private void ReadType()
    {
        var code = _fields.DataType;
        Type = NiftiType.Of(code) ?? throw new NiftiFormatException(_name, $"its datatype is {NiftiType.NameOf(code)}; read are {NiftiType.Known}; convert it to one of these");
        var bits = _fields.BitsPerVoxel;
        if (bits != Type.Bytes * 8)
            throw new NiftiFormatException(_name, $"bitpix is {bits}, but datatype {code} has {Type.Bytes * 8} bits; the header is damaged");
    }

    private void ReadOffset()
    {
        var offset = _fields.VoxelOffset;
        if (!(offset >= _fields.Layout.Length && offset <= MaximumOffset) || offset != Math.Floor(offset))
            throw new NiftiFormatException(_name, $"vox_offset is {offset}, but must be a whole number from {_fields.Layout.Length} to {MaximumOffset}; the header is damaged");
        DataOffset = (long)offset;
    }

    private void ReadScale()
    {
        double slope = _fields.Slope, intercept = _fields.Intercept;
        // A slope of 0 or one that is no number means "not scaled" (the standard and nibabel agree).
        if (slope == 0 || !double.IsFinite(slope))
            return;
        Slope = slope;
        Intercept = double.IsFinite(intercept)
            ? intercept
            : throw new NiftiFormatException(_name, $"scl_inter is {intercept}, but must be a number; the header is damaged");
    }
}

using System.Buffers.Binary;

namespace HealthGpt.Data.Volumes;

/// <summary>Reads the fields of a header in its version's widths and its own byte order.</summary>
internal sealed class NiftiFields(NiftiLayout layout, byte[] bytes, bool bigEndian)
{
    public NiftiLayout Layout => layout;

    public bool BigEndian => bigEndian;

    private bool Wide => layout.Version == 2;

    public ReadOnlySpan<byte> Magic => bytes.AsSpan(layout.Magic, Wide ? 8 : 4);

    public short DataType => Short(layout.DataType);

    public short BitsPerVoxel => Short(layout.BitsPerVoxel);

    public double VoxelOffset => Wide ? Long(layout.VoxelOffset) : Single(layout.VoxelOffset);

    public double Slope => Real(layout.Slope, 0);

    public double Intercept => Real(layout.Intercept, 0);

    public int QformCode => Code(layout.QformCode);

    public int SformCode => Code(layout.SformCode);

    /// <summary>dim[i]: the number of axes, then the extent of each.</summary>
    public long Dimension(int i) => Wide ? Long(layout.Dimensions + (8 * i)) : Short(layout.Dimensions + (2 * i));

    /// <summary>pixdim[i]: the handedness of the qform, then the voxel size along each axis.</summary>
    public double VoxelSize(int i) => Real(layout.VoxelSizes, i);

    /// <summary>quatern_b, c, d, then qoffset_x, y, z.</summary>
    public double Quaternion(int i) => Real(layout.Quaternion, i);

    /// <summary>srow_x, y and z, one after another.</summary>
    public double Row(int i) => Real(layout.Rows, i);

    private int Code(int offset) => Wide ? Int(offset) : Short(offset);

    private double Real(int offset, int i) => Wide ? BitConverter.Int64BitsToDouble(Long(offset + (8 * i))) : Single(offset + (4 * i));

    private short Short(int offset) => bigEndian ? BinaryPrimitives.ReadInt16BigEndian(bytes.AsSpan(offset)) : BinaryPrimitives.ReadInt16LittleEndian(bytes.AsSpan(offset));

    private float Single(int offset) => bigEndian ? BinaryPrimitives.ReadSingleBigEndian(bytes.AsSpan(offset)) : BinaryPrimitives.ReadSingleLittleEndian(bytes.AsSpan(offset));

    private int Int(int offset) => bigEndian ? BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(offset)) : BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(offset));

    private long Long(int offset) => bigEndian ? BinaryPrimitives.ReadInt64BigEndian(bytes.AsSpan(offset)) : BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(offset));
}

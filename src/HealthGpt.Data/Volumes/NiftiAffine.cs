namespace HealthGpt.Data.Volumes;

/// <summary>Voxel index to millimetres, from the header: sform first, then qform, then the voxel sizes about the centre (nifti1.h, methods 3, 2 and 1).</summary>
internal static class NiftiAffine
{
    public static double[,] Read(NiftiFields fields, int[] shape, string name)
    {
        var affine = fields.SformCode > 0 ? FromRows(fields) : fields.QformCode > 0 ? FromQuaternion(fields, name) : FromVoxelSizes(fields, shape);
        foreach (var value in affine)
        {
            if (!double.IsFinite(value))
                throw new NiftiFormatException(name, "its affine (sform, qform or pixdim) holds a value that is no number; the header is damaged");
        }

        if (IsSingular(affine))
            throw new NiftiFormatException(name, "its affine (sform or qform) is singular, so voxels have no position; the header is damaged");
        return affine;
    }

    private static double[,] FromRows(NiftiFields fields)
    {
        var affine = Identity();
        for (var i = 0; i < 12; i++)
            affine[i / 4, i % 4] = fields.Row(i);
        return affine;
    }

    private static double[,] FromQuaternion(NiftiFields fields, string name)
    {
        double b = fields.Quaternion(0), c = fields.Quaternion(1), d = fields.Quaternion(2);
        var (a, squares) = (0.0, (b * b) + (c * c) + (d * d));
        if (squares > 1.001)
            throw new NiftiFormatException(name, $"the squares of quatern_b, c and d add up to {squares:G6}, but a rotation's make at most 1; the header is damaged");
        if (squares < 1)
            a = Math.Sqrt(1 - squares);
        double[,] rotation =
        {
            { (a * a) + (b * b) - (c * c) - (d * d), 2 * ((b * c) - (a * d)), 2 * ((b * d) + (a * c)) },
            { 2 * ((b * c) + (a * d)), (a * a) + (c * c) - (b * b) - (d * d), 2 * ((c * d) - (a * b)) },
            { 2 * ((b * d) - (a * c)), 2 * ((c * d) + (a * b)), (a * a) + (d * d) - (c * c) - (b * b) },
        };
        var flip = fields.VoxelSize(0) < 0 ? -1.0 : 1.0;
        var affine = Identity();
        for (var row = 0; row < 3; row++)
        {
            for (var column = 0; column < 3; column++)
                affine[row, column] = rotation[row, column] * VoxelSize(fields, column) * (column == 2 ? flip : 1);
            affine[row, 3] = fields.Quaternion(3 + row);
        }

        return affine;
    }

    private static double[,] FromVoxelSizes(NiftiFields fields, int[] shape)
    {
        // Without orientation the old Analyze rule holds: the first axis runs to the left, the origin is the middle.
        var affine = Identity();
        for (var axis = 0; axis < 3; axis++)
        {
            affine[axis, axis] = VoxelSize(fields, axis) * (axis == 0 ? -1 : 1);
            affine[axis, 3] = -affine[axis, axis] * (shape[axis] - 1) / 2.0;
        }

        return affine;
    }

    private static double VoxelSize(NiftiFields fields, int axis)
    {
        var size = Math.Abs(fields.VoxelSize(axis + 1));
        return size == 0 ? 1 : size;
    }

    private static double[,] Identity() => new double[,] { { 1, 0, 0, 0 }, { 0, 1, 0, 0 }, { 0, 0, 1, 0 }, { 0, 0, 0, 1 } };

    // Against the lengths of the columns, so that small voxels are no matter.
    private static bool IsSingular(double[,] m)
    {
        var determinant = (m[0, 0] * ((m[1, 1] * m[2, 2]) - (m[1, 2] * m[2, 1])))
            - (m[0, 1] * ((m[1, 0] * m[2, 2]) - (m[1, 2] * m[2, 0])))
            + (m[0, 2] * ((m[1, 0] * m[2, 1]) - (m[1, 1] * m[2, 0])));
        var volume = 1.0;
        for (var column = 0; column < 3; column++)
            volume *= Math.Sqrt((m[0, column] * m[0, column]) + (m[1, column] * m[1, column]) + (m[2, column] * m[2, column]));
        return !(Math.Abs(determinant) > 1e-6 * volume);
    }
}

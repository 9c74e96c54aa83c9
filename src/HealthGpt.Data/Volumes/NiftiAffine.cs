namespace HealthGpt.Data.Volumes;

/// <summary>Voxel index to millimetres, from the header: sform first, then qform, then the voxel sizes about the centre.</summary>
internal static class NiftiAffine
{
    private const int FirstVoxelSize = 80;
    private const int FirstQuaternion = 256;
    private const int FirstRow = 280;

    public static double[,] Read(NiftiHeader header, string name)
    {
        var affine = header.Short(254) > 0 ? FromRows(header) : header.Short(252) > 0 ? FromQuaternion(header) : FromVoxelSizes(header);
        foreach (var value in affine)
        {
            if (!double.IsFinite(value))
                throw new NiftiFormatException(name, "its affine (sform or qform) holds a value that is no number; the header is damaged");
        }

        if (Math.Abs(Determinant(affine)) < 1e-12)
            throw new NiftiFormatException(name, "its affine (sform or qform) is singular, so voxels have no position; the header is damaged");
        return affine;
    }

    private static double[,] FromRows(NiftiHeader header)
    {
        var affine = Identity();
        for (var row = 0; row < 3; row++)
        {
            for (var column = 0; column < 4; column++)
                affine[row, column] = header.Single(FirstRow + (((row * 4) + column) * 4));
        }

        return affine;
    }

    private static double[,] FromQuaternion(NiftiHeader header)
    {
        double b = header.Single(FirstQuaternion), c = header.Single(FirstQuaternion + 4), d = header.Single(FirstQuaternion + 8);
        var a = Math.Sqrt(Math.Max(0, 1 - ((b * b) + (c * c) + (d * d))));
        double[,] rotation =
        {
            { (a * a) + (b * b) - (c * c) - (d * d), 2 * ((b * c) - (a * d)), 2 * ((b * d) + (a * c)) },
            { 2 * ((b * c) + (a * d)), (a * a) + (c * c) - (b * b) - (d * d), 2 * ((c * d) - (a * b)) },
            { 2 * ((b * d) - (a * c)), 2 * ((c * d) + (a * b)), (a * a) + (d * d) - (c * c) - (b * b) },
        };
        var flip = header.Single(76) < 0 ? -1.0 : 1.0;
        var affine = Identity();
        for (var row = 0; row < 3; row++)
        {
            for (var column = 0; column < 3; column++)
                affine[row, column] = rotation[row, column] * VoxelSize(header, column) * (column == 2 ? flip : 1);
            affine[row, 3] = header.Single(FirstQuaternion + 12 + (4 * row));
        }

        return affine;
    }

    private static double[,] FromVoxelSizes(NiftiHeader header)
    {
        // Without orientation the old Analyze rule holds: the first axis runs to the left, the origin is the middle.
        var affine = Identity();
        for (var axis = 0; axis < 3; axis++)
        {
            affine[axis, axis] = VoxelSize(header, axis) * (axis == 0 ? -1 : 1);
            affine[axis, 3] = -affine[axis, axis] * (header.Shape[axis] - 1) / 2.0;
        }

        return affine;
    }

    private static double VoxelSize(NiftiHeader header, int axis)
    {
        var size = Math.Abs(header.Single(FirstVoxelSize + (4 * axis)));
        return size == 0 ? 1 : size;
    }

    private static double[,] Identity() => new double[,] { { 1, 0, 0, 0 }, { 0, 1, 0, 0 }, { 0, 0, 1, 0 }, { 0, 0, 0, 1 } };

    private static double Determinant(double[,] m) =>
        (m[0, 0] * ((m[1, 1] * m[2, 2]) - (m[1, 2] * m[2, 1])))
        - (m[0, 1] * ((m[1, 0] * m[2, 2]) - (m[1, 2] * m[2, 0])))
        + (m[0, 2] * ((m[1, 0] * m[2, 1]) - (m[1, 1] * m[2, 0])));
}

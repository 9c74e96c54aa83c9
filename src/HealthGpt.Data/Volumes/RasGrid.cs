namespace HealthGpt.Data.Volumes;

/// <summary>A volume's voxels seen along axes that run to the right, to the front and up, as nearly as its own can: no voxel is moved.</summary>
internal sealed record RasGrid
{
    /// <summary>Voxels along the three directions.</summary>
    public required int[] Shape { get; init; }

    /// <summary>Place in the volume's list of voxels of the one that is farthest left, back and down.</summary>
    public required int Start { get; init; }

    /// <summary>Places from one voxel to the next along each direction.</summary>
    public required int[] Steps { get; init; }

    /// <summary>Index along the directions to millimetres, 4 x 4.</summary>
    public required double[,] Affine { get; init; }

    /// <param name="shape">Voxels along the volume's own axes.</param>
    /// <param name="affine">Their index to millimetres, 4 x 4.</param>
    public static RasGrid Of(IReadOnlyList<int> shape, double[,] affine)
    {
        var (sources, flips) = VolumeOrientation.NearestTo(affine);
        int[] strides = [1, shape[0], shape[0] * shape[1]];
        var start = 0;
        var steps = new int[3];
        for (var direction = 0; direction < 3; direction++)
        {
            var axis = sources[direction];
            steps[direction] = flips[direction] ? -strides[axis] : strides[axis];
            start += flips[direction] ? (shape[axis] - 1) * strides[axis] : 0;
        }

        return new RasGrid
        {
            Shape = [shape[sources[0]], shape[sources[1]], shape[sources[2]]],
            Start = start,
            Steps = steps,
            Affine = VolumeOrientation.Apply(affine, shape, sources, flips),
        };
    }

    /// <summary>The voxels in this order, the first direction fastest.</summary>
    /// <param name="voxels">The volume's list of voxels.</param>
    public float[] Reorder(ReadOnlySpan<float> voxels)
    {
        var result = new float[voxels.Length];
        var target = 0;
        for (var z = 0; z < Shape[2]; z++)
        {
            for (var y = 0; y < Shape[1]; y++)
            {
                var source = Start + (z * Steps[2]) + (y * Steps[1]);
                for (var x = 0; x < Shape[0]; x++, source += Steps[0])
                    result[target++] = voxels[source];
            }
        }

        return result;
    }
}

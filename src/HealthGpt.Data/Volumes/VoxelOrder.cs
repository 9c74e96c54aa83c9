namespace HealthGpt.Data.Volumes;

/// <summary>Rearranges voxels whose axes are swapped and flipped.</summary>
internal static class VoxelOrder
{
    /// <param name="voxels">The voxels, the first axis fastest.</param>
    /// <param name="shape">Their extents.</param>
    /// <param name="sources">For every axis of the result, which axis it was.</param>
    /// <param name="flips">For every axis of the result, whether it runs the other way now.</param>
    public static float[] Reorder(ReadOnlySpan<float> voxels, IReadOnlyList<int> shape, int[] sources, bool[] flips)
    {
        int[] strides = [1, shape[0], shape[0] * shape[1]];
        var start = 0;
        var steps = new int[3];
        for (var axis = 0; axis < 3; axis++)
        {
            steps[axis] = flips[axis] ? -strides[sources[axis]] : strides[sources[axis]];
            start += flips[axis] ? (shape[sources[axis]] - 1) * strides[sources[axis]] : 0;
        }

        var result = new float[voxels.Length];
        var target = 0;
        for (var z = 0; z < shape[sources[2]]; z++)
        {
            for (var y = 0; y < shape[sources[1]]; y++)
            {
                var source = start + (z * steps[2]) + (y * steps[1]);
                for (var x = 0; x < shape[sources[0]]; x++, source += steps[0])
                    result[target++] = voxels[source];
            }
        }

        return result;
    }
}

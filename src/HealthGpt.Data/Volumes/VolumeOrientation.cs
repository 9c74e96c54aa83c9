namespace HealthGpt.Data.Volumes;

/// <summary>Which axis of a volume is nearest to which direction of the body.</summary>
internal static class VolumeOrientation
{
    /// <summary>For right, front and up: the axis nearest to it and whether that axis runs the other way.</summary>
    public static (int[] Sources, bool[] Flips) NearestTo(double[,] affine)
    {
        var sources = new int[3];
        var flips = new bool[3];
        var usedAxes = new bool[3];
        var usedDirections = new bool[3];
        // The largest cosine is settled first, so that a tilted volume never has two axes claim one direction.
        for (var round = 0; round < 3; round++)
        {
            var (direction, axis) = Largest(affine, usedDirections, usedAxes);
            sources[direction] = axis;
            flips[direction] = affine[direction, axis] < 0;
            usedDirections[direction] = usedAxes[axis] = true;
        }

        return (sources, flips);
    }

    public static double[,] Apply(double[,] affine, IReadOnlyList<int> shape, int[] sources, bool[] flips)
    {
        var result = (double[,])affine.Clone();
        for (var row = 0; row < 3; row++)
        {
            for (var axis = 0; axis < 3; axis++)
            {
                var step = affine[row, sources[axis]];
                result[row, axis] = flips[axis] ? -step : step;
                if (flips[axis])
                    result[row, 3] += step * (shape[sources[axis]] - 1);
            }
        }

        return result;
    }

    private static (int Direction, int Axis) Largest(double[,] affine, bool[] usedDirections, bool[] usedAxes)
    {
        var best = (Direction: -1, Axis: -1);
        var bestCosine = double.NegativeInfinity;
        for (var axis = 0; axis < 3; axis++)
        {
            if (usedAxes[axis])
                continue;
            var length = Math.Sqrt(Square(affine[0, axis]) + Square(affine[1, axis]) + Square(affine[2, axis]));
            for (var direction = 0; direction < 3; direction++)
            {
                var cosine = Math.Abs(affine[direction, axis]) / length;
                if (!usedDirections[direction] && cosine > bestCosine)
                    (best, bestCosine) = ((direction, axis), cosine);
            }
        }

        return best;
    }

    private static double Square(double value) => value * value;
}

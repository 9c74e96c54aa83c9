using HealthGpt.Training.Jobs;

namespace HealthGpt.Training.Optimizers;

/// <summary>
/// Which rank keeps the optimizer's state of which weights (ZeRO stage 1, arXiv 1910.02054). The flat vector is cut into as many parts as there are ranks; rank r keeps part r and the next one, so
/// that one lost rank loses no part.
/// </summary>
/// <param name="WorldSize">The number of ranks.</param>
/// <param name="Length">The number of weights.</param>
/// <param name="Divides">Whether ranks keep parts; otherwise each keeps all.</param>
internal readonly record struct ZeroPartition(int WorldSize, long Length, bool Divides)
{
    // A gigabyte of moments, two numbers a weight.
    private const long LeastWeights = 1 << 27;

    /// <summary>The partition of a job's phase; two ranks would keep everything anyway.</summary>
    public static ZeroPartition Of(ZeroChoice choice, int worldSize, long length) =>
        new(worldSize, length, worldSize > 2 && (choice == ZeroChoice.On || (choice == ZeroChoice.Auto && length >= LeastWeights)));

    /// <summary>The parts, by the rank that is first to keep each; one where it does not divide.</summary>
    public IReadOnlyList<WeightRange> Parts
    {
        get
        {
            if (!Divides) return [new WeightRange(0, Length)];
            var parts = new WeightRange[WorldSize];
            for (var part = 0; part < parts.Length; part++)
            {
                var start = Length * part / WorldSize;
                parts[part] = new WeightRange(start, (Length * (part + 1) / WorldSize) - start);
            }

            return parts;
        }
    }

    /// <summary>What a rank keeps.</summary>
    public IReadOnlyList<WeightRange> HeldBy(int rank) => Divides ? [Parts[rank], Parts[(rank + 1) % WorldSize]] : Parts;
}

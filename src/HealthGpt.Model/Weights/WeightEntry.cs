using static TorchSharp.torch;

namespace HealthGpt.Model.Weights;

/// <summary>Where one tensor lies in a weight file.</summary>
/// <param name="Name">The tensor's key.</param>
/// <param name="Type">Its element type.</param>
/// <param name="Shape">Its shape, row major.</param>
/// <param name="Offset">Its first byte, counted from the start of the file.</param>
/// <param name="Length">Length of its elements in bytes.</param>
public sealed record WeightEntry(string Name, ScalarType Type, long[] Shape, long Offset, long Length)
{
    /// <summary>Most dimensions that a tensor may have.</summary>
    internal const int MostDimensions = 16;

    /// <summary>Its number of elements.</summary>
    public long Elements => Length / ElementSize;

    /// <summary>Length of one element in bytes.</summary>
    internal int ElementSize => SafetensorsFormat.BytesOf(Type);

    /// <summary>Elements from one index to the next of each dimension; null where the elements lie row major without gaps.</summary>
    internal long[]? Strides { get; init; }

    /// <summary>The number of elements of a shape.</summary>
    /// <exception cref="WeightFileException">A size is negative, or there are too many dimensions or elements.</exception>
    internal static long CountElements(string file, string name, long[] shape)
    {
        if (shape.Length > MostDimensions)
            throw new WeightFileException(file, $"tensor '{name}' has {shape.Length} dimensions; at most {MostDimensions} are read");

        // Sizes beside a zero count too: libtorch multiplies them all.
        Int128 elements = 1, bound = 1;
        foreach (var size in shape)
        {
            if (size < 0) throw new WeightFileException(file, $"tensor '{name}' has a negative size in its shape {TextOf(shape)}");
            elements *= size;
            bound *= Math.Max(size, 1);
            if (bound > long.MaxValue / 16) throw new WeightFileException(file, $"tensor '{name}' has more elements than any file holds in its shape {TextOf(shape)}");
        }

        return (long)elements;
    }

    /// <summary>A shape as messages show it.</summary>
    internal static string TextOf(ReadOnlySpan<long> shape) => $"[{string.Join(", ", shape.ToArray())}]";
}

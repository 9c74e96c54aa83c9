using static TorchSharp.torch;

namespace HealthGpt.Soak.Weights;

/// <summary>A tensor as it goes into a file.</summary>
internal sealed record SavedTensor(string Name, ScalarType Type, long[] Shape, byte[] Elements)
{
    /// <summary>The storage's key; tensors of the same key share it.</summary>
    public string Key { get; init; } = Name;

    /// <summary>The first element within the storage.</summary>
    public long Offset { get; init; }

    /// <summary>Null for row major.</summary>
    public long[]? Strides { get; init; }

    /// <summary>What the pickle claims the storage to hold; its true number of elements by default.</summary>
    public long? ClaimedElements { get; init; }

    /// <summary>Whether it is pickled as a parameter.</summary>
    public bool IsParameter { get; init; }

    public static int BytesOf(ScalarType type) => type switch
    {
        ScalarType.Float64 or ScalarType.Int64 => 8,
        ScalarType.Float32 or ScalarType.Int32 => 4,
        ScalarType.Float16 or ScalarType.BFloat16 or ScalarType.Int16 => 2,
        _ => 1,
    };

    public static string StorageOf(ScalarType type) => type switch
    {
        ScalarType.Float64 => "DoubleStorage",
        ScalarType.Float32 => "FloatStorage",
        ScalarType.Float16 => "HalfStorage",
        ScalarType.BFloat16 => "BFloat16Storage",
        ScalarType.Int64 => "LongStorage",
        ScalarType.Int32 => "IntStorage",
        ScalarType.Int16 => "ShortStorage",
        ScalarType.Int8 => "CharStorage",
        ScalarType.Byte => "ByteStorage",
        _ => "BoolStorage",
    };

    /// <summary>A tensor of random bytes; Boolean ones are 0 or 1.</summary>
    public static SavedTensor Random(Random random, string name, ScalarType type, params long[] shape)
    {
        var bytes = new byte[shape.Aggregate(1L, (elements, size) => elements * size) * BytesOf(type)];
        random.NextBytes(bytes);
        if (type == ScalarType.Bool)
            for (var at = 0; at < bytes.Length; at++) bytes[at] &= 1;
        return new SavedTensor(name, type, shape, bytes);
    }
}

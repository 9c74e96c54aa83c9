using static TorchSharp.torch;

namespace HealthGpt.Model.Weights.PyTorch;

/// <summary>A storage that a pickle refers to: the elements that one or more tensors view.</summary>
/// <param name="Key">Its name in the file.</param>
/// <param name="Type">Its element type.</param>
/// <param name="Elements">The number of its elements.</param>
internal sealed record StorageReference(string Key, ScalarType Type, long Elements)
{
    private static readonly (string Name, ScalarType Type)[] Types =
    [
        ("FloatStorage", ScalarType.Float32), ("HalfStorage", ScalarType.Float16), ("BFloat16Storage", ScalarType.BFloat16), ("DoubleStorage", ScalarType.Float64),
        ("LongStorage", ScalarType.Int64), ("IntStorage", ScalarType.Int32), ("ShortStorage", ScalarType.Int16), ("CharStorage", ScalarType.Int8),
        ("ByteStorage", ScalarType.Byte), ("BoolStorage", ScalarType.Bool),
    ];

    /// <summary>Its length in bytes.</summary>
    public Int128 Bytes => (Int128)Elements * SafetensorsFormat.BytesOf(Type);

    /// <summary>The element type of torch's storage class of that name; null where there is none or it is not supported.</summary>
    public static ScalarType? TypeOf(string name)
    {
        foreach (var type in Types)
            if (type.Name == name) return type.Type;
        return null;
    }
}

using static TorchSharp.torch;

namespace HealthGpt.Model.Weights;

/// <summary>Names and sizes of the element types of the safetensors format (huggingface/safetensors, format specification).</summary>
internal static class SafetensorsFormat
{
    private static readonly (string Name, ScalarType Type, int Bytes)[] Types =
    [
        ("F64", ScalarType.Float64, 8), ("F32", ScalarType.Float32, 4), ("F16", ScalarType.Float16, 2), ("BF16", ScalarType.BFloat16, 2),
        ("I64", ScalarType.Int64, 8), ("I32", ScalarType.Int32, 4), ("I16", ScalarType.Int16, 2), ("I8", ScalarType.Int8, 1),
        ("U8", ScalarType.Byte, 1), ("BOOL", ScalarType.Bool, 1),
    ];

    /// <summary>All type names, for messages.</summary>
    public static string Names { get; } = string.Join(", ", Types.Select(type => type.Name));

    public static ScalarType? TypeOf(string name)
    {
        foreach (var type in Types)
            if (type.Name == name) return type.Type;
        return null;
    }

    public static string NameOf(ScalarType type) => Array.Find(Types, known => known.Type == type).Name
        ?? throw new NotSupportedException($"safetensors has no element type for {type}; convert the tensor first");

    public static int BytesOf(ScalarType type) => Array.Find(Types, known => known.Type == type).Bytes;
}

using static TorchSharp.torch;

namespace HealthGpt.Model.Weights;

/// <summary>Where one tensor lies in a safetensors file.</summary>
/// <param name="Name">The tensor's key.</param>
/// <param name="Type">Its element type.</param>
/// <param name="Shape">Its shape, row major.</param>
/// <param name="Offset">First byte, counted from the end of the header.</param>
/// <param name="Length">Length in bytes.</param>
public sealed record SafetensorsEntry(string Name, ScalarType Type, long[] Shape, long Offset, long Length);

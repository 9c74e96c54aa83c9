using System.Runtime.InteropServices;
using HealthGpt.Model.Layouts;
using static TorchSharp.torch;

namespace HealthGpt.Model.Synthesis;

/// <summary>What a tensor of an untrained model holds: ones where it scales, zeros where it is a bias, else numbers of a size that keeps activations near one.</summary>
internal static class StartingWeights
{
    /// <summary>Fills a block of a tensor.</summary>
    public static void Fill(Span<byte> target, ExpectedTensor tensor, ScalarType type, ulong seed, long block)
    {
        var isVector = tensor.Shape.Length == 1;
        if (isVector && tensor.Name.EndsWith(".weight", StringComparison.Ordinal)) FillOnes(target, type);
        else if (isVector && tensor.Name.EndsWith(".bias", StringComparison.Ordinal)) target.Clear();
        else RandomElements.Fill(target, type, MathF.Sqrt(3f / Inputs(tensor)), seed, tensor.Name, block);
    }

    // Numbers within sqrt(3 / inputs) have the variance 1 / inputs.
    private static long Inputs(ExpectedTensor tensor) => tensor.Shape.Length == 1 ? tensor.Shape[0] : tensor.Elements / tensor.Shape[0];

    private static void FillOnes(Span<byte> target, ScalarType type)
    {
        if (type == ScalarType.Float32) MemoryMarshal.Cast<byte, float>(target).Fill(1);
        else MemoryMarshal.Cast<byte, ushort>(target).Fill(type == ScalarType.BFloat16 ? (ushort)0x3F80 : (ushort)0x3C00);
    }
}

using HealthGpt.Model.HLora;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Benchmarks.HLora;

// Shapes: B batch, T sequence, I input width, O output width, R rank.

/// <summary>LoRA (arXiv 2106.09685) of the rank that H-LoRA's experts have together: no router, one pair.</summary>
internal static class PlainLora
{
    /// <summary>What the adapter adds to the frozen layer's output, <c>(B, T, O)</c>; the caller's.</summary>
    public static Tensor Delta(HLoraSite site, Tensor x, double scale)
    {
        using var low = nn.functional.linear(x, site.A);
        using Scalar factor = scale;
        using var scaled = low * factor;
        return nn.functional.linear(scaled, site.B);
    }
}

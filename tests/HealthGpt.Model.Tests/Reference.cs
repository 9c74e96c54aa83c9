using HealthGpt.Model.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Model.Tests;

/// <summary>Where the reference numbers lie, and how closely they must be met.</summary>
internal static class Reference
{
    public static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "Golden");

    /// <summary>Tokenizer folders; of another golden folder where HEALTHGPT_GOLDEN names one.</summary>
    public static string Tokenizers { get; } = Path.Combine(Environment.GetEnvironmentVariable("HEALTHGPT_GOLDEN") ?? Folder, "tokenizers");

    public static WeightSet Load(params string[] path) => WeightSet.Load(Path.Combine([Folder, .. path]), ScalarType.Float32);

    /// <summary>Every element within the tolerance, absolute or relative.</summary>
    public static void Near(Tensor expected, Tensor found, double tolerance = 1e-4, string name = "")
    {
        using var scope = NewDisposeScope();
        Assert.Equal(expected.shape, found.shape);
        var difference = (expected - found).abs() / expected.abs().clamp_min(1);
        Assert.True(difference.max().ToDouble() <= tolerance, $"{name} differs by {difference.max().ToDouble():E2}, allowed {tolerance:E2}");
    }

    /// <summary>Within 1e-3 of the expected tensor's norm.</summary>
    public static void NearInNorm(Tensor expected, Tensor found, string name)
    {
        using var scope = NewDisposeScope();
        Assert.Equal(expected.shape, found.shape);
        var error = (expected - found).norm().ToDouble() / Math.Max(expected.norm().ToDouble(), 1e-12);
        Assert.True(error <= 1e-3, $"the gradient of {name} differs by {error:E2} of its norm, allowed 1e-3");
    }
}

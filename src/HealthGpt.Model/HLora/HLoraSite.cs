using HealthGpt.Model.Devices;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Model.HLora;

// Shapes: B batch, T sequence, I input width, O output width, R rank, E experts.

/// <summary>
/// H-LoRA of one linear layer: the experts of rank R/E held as one merged pair, and their router (HealthGPT, arXiv 2502.09838, section 3.3):
/// <c>y = W x + B( repeat_each(softmax(router x), R/E) * dropout(s A x) )</c> with <c>s = alpha / R * E</c>.
/// </summary>
/// <param name="A">Down-projection of all experts, <c>(R, I)</c>.</param>
/// <param name="B">Up-projection of all experts, <c>(O, R)</c>.</param>
/// <param name="Route">Router, <c>(E, I)</c>.</param>
public sealed record HLoraSite(Tensor A, Tensor B, Tensor Route)
{
    /// <summary>A frozen linear layer with this adapter.</summary>
    /// <param name="x">The layer's input, <c>(B, T, I)</c>.</param>
    /// <param name="weight">The layer's weight, <c>(O, I)</c>.</param>
    /// <param name="bias">The layer's bias, <c>(O)</c>, or null.</param>
    /// <param name="scale">The factor s.</param>
    /// <param name="keep">Dropout mask already divided by the probability of keeping, <c>(B, T, R)</c>, or null.</param>
    /// <returns><c>(B, T, O)</c>, the caller's.</returns>
    public Tensor Forward(Tensor x, Tensor weight, Tensor? bias, double scale, Tensor? keep = null)
    {
        if (AdaptedLinear.Applies(x, this, weight, bias)) return AdaptedLinear.Apply(x, this, scale, keep, weight, bias);
        using var frozen = nn.functional.linear(x, weight, bias);
        using var delta = Delta(x, scale, keep);
        return frozen.Plus(delta);
    }

    /// <summary>What the adapter adds to the frozen layer's output.</summary>
    /// <param name="x">The layer's input, <c>(B, T, I)</c>.</param>
    /// <param name="scale">The factor s.</param>
    /// <param name="keep">Dropout mask already divided by the probability of keeping, <c>(B, T, R)</c>, or null.</param>
    /// <returns><c>(B, T, O)</c>, the caller's.</returns>
    public Tensor Delta(Tensor x, double scale, Tensor? keep = null) =>
        AdaptedLinear.Applies(x, this, null, null) ? AdaptedLinear.Apply(x, this, scale, keep, null, null) : DeltaByOps(x, scale, keep);

    /// <summary>The same weights in another element type, and on another device where one is named; gradients flow back to these.</summary>
    internal HLoraSite Cast(ScalarType type, Device? device) => new(A.As(type, device), B.As(type, device), Route.As(type, device));

    // On any device, with gradients of everything.
    private Tensor DeltaByOps(Tensor x, double scale, Tensor? keep)
    {
        long rank = A.shape[0], experts = Route.shape[0];
        using var routed = nn.functional.linear(x, Route);
        using var weights = routed.softmax(-1);
        // Held by name: a temporary Scalar may be finalized while the native call still reads it.
        using Scalar factor = scale;
        using var scaled = weights * factor;
        using var perExpert = scaled.unsqueeze(-1);
        using var low = nn.functional.linear(x, A);
        using var kept = keep is null ? null : low * keep;
        using var grouped = (kept ?? low).view([.. low.shape[..^1], experts, rank / experts]);
        using var weighted = grouped * perExpert;
        using var merged = weighted.flatten(-2);
        return nn.functional.linear(merged, B);
    }
}

using HealthGpt.Model.Devices;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Model.Decoder;

// Shapes: B batch, N heads, T sequence, D head width.

/// <summary>Rotary position embedding (RoFormer, arXiv 2104.09864) in the half-split form that Llama-like models use.</summary>
internal sealed class RotaryEmbedding : IDisposable
{
    private readonly Tensor _cosine;
    private readonly Tensor _sine;

    public RotaryEmbedding(DecoderConfig config, ScalarType type, Device? device)
    {
        using var scope = NewDisposeScope();
        // Scalars are held by name: a temporary one may be finalized while the native call still reads it.
        using Scalar zero = 0, two = 2, width = config.HeadWidth, positions = config.MaxPositions;
        var even = arange(zero, width, two, ScalarType.Float32, device) / width;
        var inverse = pow(tensor(config.RopeTheta, ScalarType.Float32, device), even).reciprocal();
        var angles = outer(arange(positions, ScalarType.Float32, device), inverse);
        var both = cat([angles, angles], -1);
        _cosine = both.cos().to(type).DetachFromDisposeScope();
        _sine = both.sin().to(type).DetachFromDisposeScope();
    }

    /// <summary>Rotates queries or keys, <c>(B, N, T, D)</c>, whose first position is <paramref name="start"/>.</summary>
    public Tensor Apply(Tensor x, int start)
    {
        long length = x.shape[2], half = x.shape[3] / 2;
        using var cosine = _cosine.narrow(0, start, length);
        using var sine = _sine.narrow(0, start, length);
        using var left = x.narrow(-1, 0, half);
        using var right = x.narrow(-1, half, half);
        using var negated = right.neg();
        using var rotated = cat([negated, left], -1);
        using var direct = x * cosine;
        using var turned = rotated * sine;
        return direct.Plus(turned);
    }

    public void Dispose()
    {
        _cosine.Dispose();
        _sine.Dispose();
    }
}

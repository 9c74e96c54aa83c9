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

    /// <summary>Cosines and sines of positions that follow each other, <c>(T, D)</c> each; the caller's.</summary>
    public (Tensor Cosine, Tensor Sine) Turns(int start, int length) => (_cosine.narrow(0, start, length), _sine.narrow(0, start, length));

    /// <summary>Cosines and sines of each row's own positions, <c>(B, T)</c> to <c>(B, 1, T, D)</c> each; the caller's.</summary>
    public (Tensor Cosine, Tensor Sine) Turns(Tensor positions)
    {
        using var flat = positions.flatten();
        Tensor Pick(Tensor table)
        {
            using var rows = table.index_select(0, flat);
            return rows.view(positions.shape[0], 1, positions.shape[1], -1);
        }

        return (Pick(_cosine), Pick(_sine));
    }

    /// <summary>Rotates queries or keys, <c>(B, N, T, D)</c>, by what <see cref="Turns(int, int)"/> gave.</summary>
    public static Tensor Apply(Tensor x, Tensor cosine, Tensor sine)
    {
        var half = x.shape[3] / 2;
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

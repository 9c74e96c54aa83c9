using HealthGpt.Model.Devices;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Model.Decoder;

// Shapes: B batch, N heads, T sequence, D head width.

/// <summary>Rotary position embedding (RoFormer, arXiv 2104.09864) in the half-split form that Llama-like models use.</summary>
internal sealed class RotaryEmbedding : IDisposable
{
    // Enough for most requests; a configuration may promise a million positions that no request comes near.
    private const int FirstPositions = 4096;

    private readonly DecoderConfig _config;
    private readonly ScalarType _type;
    private readonly Device? _device;
    private readonly Lock _lock = new();
    private Tensor _cosine;
    private Tensor _sine;

    public RotaryEmbedding(DecoderConfig config, ScalarType type, Device? device)
    {
        (_config, _type, _device) = (config, type, device);
        (_cosine, _sine) = Tables(Math.Min(FirstPositions, config.MaxPositions));
    }

    private (Tensor Cosine, Tensor Sine) Tables(int length)
    {
        // They outlive the pass that needs them first, which may be one that keeps no gradients.
        using var usual = inference_mode(false);
        using var scope = NewDisposeScope();
        // Scalars are held by name: a temporary one may be finalized while the native call still reads it.
        using Scalar zero = 0, two = 2, width = _config.HeadWidth, positions = length;
        var even = arange(zero, width, two, ScalarType.Float32, _device) / width;
        var inverse = pow(tensor(_config.RopeTheta, ScalarType.Float32, _device), even).reciprocal();
        var angles = outer(arange(positions, ScalarType.Float32, _device), inverse);
        var both = cat([angles, angles], -1);
        return (both.cos().to(_type).DetachFromDisposeScope(), both.sin().to(_type).DetachFromDisposeScope());
    }

    // Others may be reading the tables meanwhile: what they took of them stays theirs.
    private (Tensor Cosine, Tensor Sine) TablesOf(int length)
    {
        lock (_lock)
        {
            if (_cosine.shape[0] < length)
            {
                var (cosine, sine) = Tables((int)Math.Min(Math.Max(length, 2 * _cosine.shape[0]), _config.MaxPositions));
                Dispose();
                (_cosine, _sine) = (cosine, sine);
            }

            return (_cosine.alias(), _sine.alias());
        }
    }

    /// <summary>Cosines and sines of positions that follow each other, <c>(T, D)</c> each; the caller's.</summary>
    public (Tensor Cosine, Tensor Sine) Turns(int start, int length)
    {
        var (cosine, sine) = TablesOf(start + length);
        using (cosine)
        using (sine)
            return (cosine.narrow(0, start, length), sine.narrow(0, start, length));
    }

    /// <summary>Cosines and sines of each row's own positions; the caller's.</summary>
    /// <param name="positions"><c>(B, T)</c>.</param>
    /// <param name="length">More than the last of the positions.</param>
    /// <returns><c>(B, 1, T, D)</c> each.</returns>
    public (Tensor Cosine, Tensor Sine) Turns(Tensor positions, int length)
    {
        var (cosine, sine) = TablesOf(length);
        using var cosines = cosine;
        using var sines = sine;
        using var flat = positions.flatten();
        Tensor Pick(Tensor table)
        {
            using var rows = table.index_select(0, flat);
            return rows.view(positions.shape[0], 1, positions.shape[1], -1);
        }

        return (Pick(cosines), Pick(sines));
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

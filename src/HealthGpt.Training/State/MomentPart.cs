using HealthGpt.Training.Optimizers;
using static TorchSharp.torch;

namespace HealthGpt.Training.State;

/// <summary>The optimizer's moments of a range of the trained weights.</summary>
/// <param name="Start">The first weight.</param>
/// <param name="First">Running mean of the gradient, flat.</param>
/// <param name="Second">Running mean of the squared gradient, flat.</param>
internal sealed record MomentPart(long Start, Tensor First, Tensor Second) : IDisposable
{
    /// <summary>The weights they are of.</summary>
    public WeightRange Range => new(Start, First.numel());

    /// <summary>Moments before the first step.</summary>
    public static MomentPart Zeros(WeightRange range) => new(range.Start, Own(range.Length), Own(range.Length));

    /// <summary>Views of both moments within a range that this one covers; the caller's.</summary>
    public (Tensor First, Tensor Second) Within(WeightRange range) => (First.narrow(0, range.Start - Start, range.Length), Second.narrow(0, range.Start - Start, range.Length));

    /// <summary>The same moments once more, with a life of their own.</summary>
    public MomentPart Share() => new(Start, First.alias().DetachFromDisposeScope(), Second.alias().DetachFromDisposeScope());

    public void Dispose()
    {
        First.Dispose();
        Second.Dispose();
    }

    private static Tensor Own(long length)
    {
        var tensor = zeros([length], ScalarType.Float32);
        tensor.DetachFromDisposeScope();
        return tensor;
    }
}

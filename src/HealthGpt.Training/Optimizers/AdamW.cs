using HealthGpt.Training.Jobs;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Training.Optimizers;

/// <summary>
/// AdamW (Loshchilov and Hutter, arXiv 1711.05101) over one flat vector: a few passes over the whole memory instead of a few calls for each of hundreds of
/// tensors. The arithmetic and its order are those of torch.optim.AdamW.
/// </summary>
internal static class AdamW
{
    /// <summary>Applies one step in place.</summary>
    /// <param name="settings">Betas, epsilon and weight decay.</param>
    /// <param name="weights">The flat weights.</param>
    /// <param name="first">Running mean of the gradient, flat.</param>
    /// <param name="second">Running mean of the squared gradient, flat.</param>
    /// <param name="gradient">The flat gradient.</param>
    /// <param name="groups">Contiguous parts with their learning rates; together they cover the vector.</param>
    /// <param name="step">Number of the step, from 1.</param>
    public static void Step(
        OptimizerSettings settings, Tensor weights, Tensor first, Tensor second, Tensor gradient, IEnumerable<(long Start, long Length, double Rate)> groups, int step)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        first.mul_(settings.Beta1).add_(gradient, alpha: 1 - settings.Beta1);
        second.mul_(settings.Beta2).addcmul_(gradient, gradient, 1 - settings.Beta2);
        var firstCorrection = 1 - Math.Pow(settings.Beta1, step);
        var secondCorrection = Math.Sqrt(1 - Math.Pow(settings.Beta2, step));
        var denominator = second.sqrt().div_(secondCorrection).add_(settings.Epsilon);
        foreach (var (start, length, rate) in groups)
        {
            var part = weights.narrow(0, start, length);
            if (settings.WeightDecay > 0) part.mul_(1 - (rate * settings.WeightDecay));
            part.addcdiv_(first.narrow(0, start, length), denominator.narrow(0, start, length), -rate / firstCorrection);
        }
    }

    /// <summary>Scales a gradient down to a norm.</summary>
    /// <param name="gradient">The flat gradient, scaled in place.</param>
    /// <param name="clipNorm">Largest norm; null leaves it.</param>
    /// <returns>The norm before.</returns>
    public static double Clip(Tensor gradient, double? clipNorm)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var norm = gradient.norm().item<float>();
        if (clipNorm is { } limit && norm > limit) gradient.mul_((float)(limit / (norm + 1e-6)));
        return norm;
    }
}

using HealthGpt.Model.Devices;
using HealthGpt.Model.HLora;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Benchmarks.HLora;

// Shapes: B batch, T sequence, I input width, O output width, R rank, E experts.

/// <summary>The same sum as H-LoRA's, one expert after another: how a mixture of LoRA experts is written when its pairs are not merged.</summary>
internal sealed class ExpertLoop : IDisposable
{
    private readonly (Tensor A, Tensor B)[] _experts;
    private readonly Tensor _route;

    public ExpertLoop(HLoraSite site)
    {
        long experts = site.Route.shape[0], rank = site.A.shape[0] / experts;
        _route = site.Route;
        _experts = [.. Enumerable.Range(0, (int)experts).Select(expert => (Own(site.A.narrow(0, expert * rank, rank)), Own(site.B.narrow(1, expert * rank, rank))))];
    }

    /// <summary>The experts' own weights; the router is the site's.</summary>
    public IEnumerable<Tensor> Tensors => _experts.SelectMany(expert => new[] { expert.A, expert.B });

    /// <summary>Makes the experts' weights trained ones.</summary>
    public void RequireGradients()
    {
        foreach (var tensor in Tensors) tensor.requires_grad_();
    }

    /// <summary>What the experts add to the frozen layer's output, <c>(B, T, O)</c>; the caller's.</summary>
    public Tensor Delta(Tensor x, double scale)
    {
        using var routed = nn.functional.linear(x, _route);
        using var weights = routed.softmax(-1);
        using Scalar factor = scale;
        using var scaled = weights * factor;
        Tensor? sum = null;
        for (var expert = 0; expert < _experts.Length; expert++)
        {
            using var weight = scaled.narrow(-1, expert, 1);
            using var low = nn.functional.linear(x, _experts[expert].A);
            using var high = nn.functional.linear(low, _experts[expert].B);
            using var before = sum;
            var weighted = high * weight;
            sum = before is null ? weighted : before.Plus(weighted);
            if (before is not null) weighted.Dispose();
        }

        return sum!;
    }

    public void Dispose()
    {
        foreach (var (a, b) in _experts)
        {
            a.Dispose();
            b.Dispose();
        }
    }

    private static Tensor Own(Tensor part)
    {
        using (part) return part.detach().clone();
    }
}

using HealthGpt.Model.Devices;
using HealthGpt.Model.HLora;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Benchmarks.HLora;

// Shapes: T sequence, I input width, O output width, R rank, E experts.

/// <summary>
/// One frozen linear layer with an adapter in training: forward, then backward to the adapter's weights and to the layer's input. Gradients are added to memory that stays, as in training, where it is
/// what ranks exchange.
/// </summary>
internal sealed class AdaptedLayer : IDisposable
{
    private const int Experts = 4;
    private const double Scale = 2.0 * Experts;
    private const double Tolerance = 1e-3;

    private readonly Tensor _weight;
    private readonly Tensor _x;
    private readonly Tensor _gradient;
    private readonly HLoraSite _site;
    private readonly ExpertLoop _loop;

    public AdaptedLayer(long tokens, long input, long output, int rank)
    {
        using var generator = new Generator(20273);
        Tensor Random(params long[] shape)
        {
            using Scalar width = Math.Sqrt(shape[^1]);
            return randn(shape, ScalarType.Float32, generator: generator).div_(width);
        }

        _weight = Random(output, input);
        _x = Random(1, tokens, input).requires_grad_();
        _gradient = Random(1, tokens, output);
        _site = new HLoraSite(Random(rank, input).requires_grad_(), Random(output, rank).requires_grad_(), Random(Experts, input).requires_grad_());
        _loop = new ExpertLoop(_site);
        _loop.RequireGradients();
        foreach (var leaf in Leaves) leaf.grad = zeros_like(leaf);
        RequireSame();
    }

    public static int ExpertCount => Experts;

    private IEnumerable<Tensor> Leaves => [_x, _site.A, _site.B, _site.Route, .. _loop.Tensors];

    public void TrainPlainLora(bool withLayer) => Train(x => PlainLora.Delta(_site, x, Scale), withLayer, [_x, _site.A, _site.B]);

    public void TrainExpertLoop(bool withLayer) => Train(x => _loop.Delta(x, Scale), withLayer, [_x, _site.Route, .. _loop.Tensors]);

    public void TrainHLora(bool withLayer) =>
        Train(x => withLayer ? _site.Forward(x, _weight, null, Scale) : _site.Delta(x, Scale), withLayer: false, [_x, _site.A, _site.B, _site.Route]);

    private void Train(Func<Tensor, Tensor> adapt, bool withLayer, IEnumerable<Tensor> leaves)
    {
        using var scope = NewDisposeScope();
        var y = withLayer ? nn.functional.linear(_x, _weight).Plus(adapt(_x)) : adapt(_x);
        y.backward([_gradient]);
        foreach (var leaf in leaves)
        {
            using var gradient = leaf.grad!;
            using var zeroed = gradient.zero_();
        }
    }

    private void RequireSame()
    {
        using var noGrad = no_grad();
        using var merged = _site.Delta(_x, Scale);
        using var looped = _loop.Delta(_x, Scale);
        using var difference = (merged - looped).abs();
        var worst = difference.max().item<float>();
        if (worst > Tolerance) throw new InvalidOperationException($"the two sides differ by {worst}, so their times say nothing");
    }

    public void Dispose()
    {
        foreach (var leaf in Leaves) leaf.grad = null;
        foreach (var tensor in new[] { _weight, _x, _gradient, _site.A, _site.B, _site.Route }) tensor.Dispose();
        _loop.Dispose();
    }
}

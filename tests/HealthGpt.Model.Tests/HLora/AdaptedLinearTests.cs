using HealthGpt.Model.Devices;
using HealthGpt.Model.HLora;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Model.Tests.HLora;

public sealed class AdaptedLinearTests
{
    private const int Seed = 20291;

    private static long Live => DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;

    [Theory, InlineData(ScalarType.Float32, 1e-5), InlineData(ScalarType.BFloat16, 0.03)]
    public void One_node_gives_the_values_and_gradients_of_the_single_operations(ScalarType type, double tolerance)
    {
        var random = new Random(Seed);
        using var generator = new Generator(Seed);
        for (var round = 0; round < 30; round++)
        {
            using var scope = NewDisposeScope();
            long experts = random.Next(1, 6), rank = experts * random.Next(1, 20), input = random.Next(1, 90), output = random.Next(1, 90);
            long[] places = [random.Next(1, 4), random.Next(1, 30)];
            Tensor Random(params long[] shape) => (randn(shape, ScalarType.Float32, generator: generator) / Math.Sqrt(shape[^1])).to(type);
            var site = new HLoraSite(Random(rank, input).requires_grad_(), Random(output, rank).requires_grad_(), Random(experts, input).requires_grad_());
            var x = Random([.. places, input]);
            if (round % 5 > 0) x.requires_grad_();
            var keep = round % 3 == 0 ? null : (Random([.. places, rank]) > 0).to(type) * 2;
            var weight = round % 4 == 0 ? null : Random(output, input);
            var bias = weight is null || round % 4 == 1 ? null : Random(output);
            var gradient = Random([.. places, output]);

            var expected = Gradients(x, site, gradient, () =>
            {
                var delta = ByOperations(x, site, 2.0 * experts, keep);
                return weight is null ? delta : nn.functional.linear(x, weight, bias) + delta;
            });
            var found = Gradients(x, site, gradient, () => weight is null ? site.Delta(x, 2.0 * experts, keep) : site.Forward(x, weight, bias, 2.0 * experts, keep));

            foreach (var (name, value) in expected)
            {
                var distance = (found[name] - value).norm().item<float>() / (value.norm().item<float>() + 1e-3);
                Assert.True(distance <= tolerance, $"{name} in round {round} (seed {Seed}): off by {distance} of its norm");
            }
        }
    }

    [Fact]
    public void A_pass_leaves_no_tensor_behind_even_without_a_scope()
    {
        using Tensor a = randn(8, 16).requires_grad_(), b = randn(24, 8).requires_grad_(), route = randn(4, 16).requires_grad_(), weight = randn(24, 16), x = randn(2, 5, 16).requires_grad_();
        var site = new HLoraSite(a, b, route);
        void Run()
        {
            using var first = site.Forward(x, weight, null, 8);
            using var second = first.narrow(-1, 0, 16);
            using var y = site.Forward(second, weight, null, 8);
            using var loss = y.sum();
            GradientPass.Run(loss);
        }

        Run();
        var before = Live;
        for (var round = 0; round < 5; round++) Run();

        Assert.Equal(before, Live);
    }

    [Fact]
    public void What_goes_wrong_in_a_node_is_thrown_when_the_pass_ends()
    {
        using var scope = NewDisposeScope();
        var site = new HLoraSite(randn(8, 16).requires_grad_(), randn(24, 8).requires_grad_(), randn(4, 16).requires_grad_());
        var x = randn(2, 5, 16);
        var loss = site.Forward(x, randn(24, 16), null, 8).sum();
        x.add_(1);

        Assert.Contains("modified by an inplace operation", Assert.ThrowsAny<Exception>(() => GradientPass.Run(loss)).Message);
        GradientPass.Run(site.Forward(x, randn(24, 16), null, 8).sum());
    }

    private static Tensor ByOperations(Tensor x, HLoraSite site, double scale, Tensor? keep)
    {
        var weights = nn.functional.linear(x, site.Route).softmax(-1).repeat_interleave(site.A.shape[0] / site.Route.shape[0], -1);
        var low = nn.functional.linear(x, site.A) * scale;
        return nn.functional.linear((keep is null ? low : low * keep) * weights, site.B);
    }

    private static Dictionary<string, Tensor> Gradients(Tensor x, HLoraSite site, Tensor gradient, Func<Tensor> compute)
    {
        var y = compute();
        y.backward([gradient]);
        Dictionary<string, Tensor> leaves = new() { ["A"] = site.A, ["B"] = site.B, ["router"] = site.Route };
        if (x.requires_grad) leaves["x"] = x;
        var found = leaves.ToDictionary(leaf => "the gradient of " + leaf.Key, leaf => leaf.Value.grad!.to(ScalarType.Float32, copy: true));
        foreach (var leaf in leaves.Values) leaf.grad!.zero_();
        found["y"] = y.detach().to(ScalarType.Float32);
        return found;
    }
}

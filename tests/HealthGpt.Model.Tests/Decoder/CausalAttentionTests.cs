using HealthGpt.Model.Decoder;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Model.Tests.Decoder;

public sealed class CausalAttentionTests
{
    private const int Seed = 20292;

    // Whose heads are as wide as the one-pass kernels ask for; of the usual ones none is.
    private static readonly DecoderConfig[] Configurations =
    [
        .. RandomDecoder.Configurations,
        new() { Family = DecoderFamily.Phi3, Hidden = 128, Layers = 2, Heads = 4, KeyValueHeads = 2, FeedForward = 88, VocabularyRows = 32 },
        new() { Family = DecoderFamily.Qwen2, Hidden = 192, Layers = 2, Heads = 6, KeyValueHeads = 2, FeedForward = 80, VocabularyRows = 32 },
    ];

    /// <summary>Without a mask a training pass attends by blocks; with one, as another row's padding asks for, through libtorch's own kernel. Both are the same function.</summary>
    [Theory, InlineData(ScalarType.Float32, 2e-5), InlineData(ScalarType.BFloat16, 0.03)]
    public void Attention_by_blocks_has_the_values_and_gradients_of_attention_at_once(ScalarType type, double tolerance)
    {
        foreach (var config in Configurations)
        {
            using var subject = new RandomDecoder(config with { SlidingWindow = null, MaxPositions = 512 }, Seed, type);
            foreach (var length in new[] { 2, 127, 128, 129, 400 })
            {
                using var scope = NewDisposeScope();
                using var generator = new Generator(Seed);
                var x = randn([2, length, config.Hidden], generator: generator).to(type);
                var gradient = randn([length, config.Hidden], generator: generator).to(type);

                var blocks = Run(subject, x, gradient, null);
                var masked = Run(subject, x, gradient, new BatchPadding(PaddingSide.Left, [length, length - 1]));

                RequireNear(masked.Value, blocks.Value, tolerance, $"hidden states of {length} positions, {config.Family}");
                RequireNear(masked.Gradient, blocks.Gradient, tolerance, $"the gradient of {length} positions, {config.Family}");
            }
        }
    }

    private static (Tensor Value, Tensor Gradient) Run(RandomDecoder subject, Tensor x, Tensor gradient, BatchPadding? padding)
    {
        var leaf = x.detach().requires_grad_();
        var first = subject.Decoder.Forward(leaf, padding: padding)[0];
        first.backward([gradient]);
        return (first.detach(), leaf.grad![0]);
    }

    private static void RequireNear(Tensor expected, Tensor found, double tolerance, string what)
    {
        Tensor wide = expected.to(ScalarType.Float32), other = found.to(ScalarType.Float32);
        var distance = ((other - wide).norm() / wide.norm()).item<float>();
        Assert.True(distance <= tolerance, $"{what} (seed {Seed}): off by {distance} of the norm");
    }
}

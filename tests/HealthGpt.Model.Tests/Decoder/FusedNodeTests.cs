using HealthGpt.Model.Decoder;
using HealthGpt.Model.Decoder.Kernels;
using HealthGpt.Model.Tests.Devices;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Model.Tests.Decoder;

/// <summary>What is one pass over memory in training has the values and gradients of the same thing op by op in float64.</summary>
[Collection(nameof(TorchThreadsTests))]
public sealed class FusedNodeTests
{
    private const int Seed = 20311;

    private static readonly (ScalarType Type, double Tolerance)[] Types = [(ScalarType.Float32, 1e-6), (ScalarType.BFloat16, 0.006)];

    [Fact]
    public void A_norm_is_that_of_single_ops()
    {
        Compare([[3, 37, 80]], leaves => RmsNorm.Apply(leaves[0], Weight(leaves[0].dtype), 1e-5), leaves =>
        {
            var mean = (leaves[0] * leaves[0]).mean([-1L], keepdim: true);
            return leaves[0] * (mean + 1e-5).rsqrt() * Weight(ScalarType.Float64);
        });
        Tensor Weight(ScalarType type)
        {
            using var generator = new Generator(Seed);
            return randn([80], generator: generator).to(ScalarType.BFloat16).to(type);
        }
    }

    [Fact]
    public void A_gated_product_is_that_of_single_ops_from_one_projection_and_from_two()
    {
        Compare([[3, 37, 160]], leaves => SwiGlu.Apply(leaves[0]), leaves => nn.functional.silu(leaves[0].narrow(-1, 0, 80)) * leaves[0].narrow(-1, 80, 80));
        Compare([[3, 37, 80], [3, 37, 80]], leaves => SwiGlu.Apply(leaves[0], leaves[1]), leaves => nn.functional.silu(leaves[0]) * leaves[1]);
    }

    /// <summary>Many threads share rows in other ways than one does.</summary>
    [Fact]
    public void The_number_of_threads_does_not_change_a_bit()
    {
        var threads = get_num_threads();
        try
        {
            var bits = new List<byte[]>();
            foreach (var count in new[] { 1, 2, 5 })
            {
                set_num_threads(count);
                using var scope = NewDisposeScope();
                var leaf = Leaf([1, 641, 256], ScalarType.BFloat16);
                using var weight = ones(256, ScalarType.BFloat16);
                SwiGlu.Apply(RmsNorm.Apply(leaf, weight, 1e-5)).sum().backward();
                bits.Add(leaf.grad!.bytes.ToArray());
            }

            Assert.Equal(bits[0], bits[1]);
            Assert.Equal(bits[0], bits[2]);
        }
        finally
        {
            set_num_threads(threads);
        }
    }

    [Theory, InlineData(float.NaN), InlineData(float.PositiveInfinity), InlineData(float.NegativeInfinity)]
    public unsafe void Rounding_to_bfloat16_is_that_of_libtorch_and_keeps_what_is_no_number(float special)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(Seed);
        var wide = randn([4096], generator: generator) * randn([4096], generator: generator).exp();
        wide[3] = special;
        wide[4] = 1 + (1f / 256);
        wide[5] = 1 + (3f / 256);
        wide[6] = BitConverter.UInt32BitsToSingle(0x7FFFFFFF);
        var found = new ushort[4096];
        fixed (ushort* to = found)
        {
            var from = wide.data<float>().ToArray();
            fixed (float* at = from)
                for (var place = 0; place < from.Length; place += TensorRows.Lanes) BFloat16Row.Store((byte*)to, place, Float32Row.Load((byte*)at, place));
            for (var place = 0; place < from.Length; place += TensorRows.Lanes)
            {
                var back = BFloat16Row.Load((byte*)to, place);
                for (var lane = 0; lane < TensorRows.Lanes; lane++) Assert.Equal((uint)found[place + lane] << 16, BitConverter.SingleToUInt32Bits(back[lane]));
            }
        }

        Assert.Equal(wide.to(ScalarType.BFloat16).to(ScalarType.Float32).data<float>().ToArray(), found.Select(bits => BitConverter.UInt32BitsToSingle((uint)bits << 16)));
    }

    private static Tensor Leaf(long[] shape, ScalarType type)
    {
        using var generator = new Generator(Seed);
        return (randn(shape, generator: generator) * 3).to(ScalarType.BFloat16).to(type).requires_grad_();
    }

    private static void Compare(long[][] shapes, Func<Tensor[], Tensor> fused, Func<Tensor[], Tensor> byOps)
    {
        foreach (var (type, tolerance) in Types)
        {
            using var scope = NewDisposeScope();
            using var generator = new Generator(Seed + 1);
            Tensor[] leaves = [.. shapes.Select(shape => Leaf(shape, type))], wide = [.. shapes.Select(shape => Leaf(shape, ScalarType.Float64))];
            Tensor found = fused(leaves), expected = byOps(wide);
            Assert.Equal(type, found.dtype);
            Assert.All(leaves, leaf => Assert.True(TensorRows.FitsLanes(leaf), "the leaves are too narrow for one pass"));
            var gradient = randn(expected.shape, generator: generator).to(ScalarType.BFloat16);
            found.backward([gradient.to(type)]);
            expected.backward([gradient.to(ScalarType.Float64)]);
            RequireNear(expected, found, tolerance, $"the value in {type}");
            for (var place = 0; place < leaves.Length; place++) RequireNear(wide[place].grad!, leaves[place].grad!, tolerance, $"gradient {place} in {type}");
        }
    }

    private static void RequireNear(Tensor expected, Tensor found, double tolerance, string what)
    {
        var distance = ((found.detach().to(ScalarType.Float64) - expected.detach()).norm() / expected.detach().norm()).item<double>();
        Assert.True(distance <= tolerance, $"{what} (seed {Seed}): off by {distance} of the norm");
    }
}

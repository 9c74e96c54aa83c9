using HealthGpt.Model.Decoder;
using HealthGpt.Model.HLora;
using HealthGpt.Model.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Model.Tests.Decoder;

/// <summary>Caches and H-LoRA of another decoder, or disposed ones: the step over one token reads them by their addresses, and on several threads.</summary>
public sealed class ForeignPartsTests
{
    public static TheoryData<int> Lengths => [1, 3];

    [Theory, MemberData(nameof(Lengths))]
    public void A_cache_of_another_decoder_is_refused(int length)
    {
        using var noGrad = no_grad();
        using var subject = new RandomDecoder(RandomDecoder.Configurations[1], seed: 1);
        using var x = randn(1, length, 60);

        foreach (var other in new[] { RandomDecoder.Configurations[0], RandomDecoder.Configurations[1] with { Layers = 3 } })
        {
            using var cache = new KvCache(other, 1, 9, ScalarType.Float32);
            Assert.Contains(
                $"the KV cache is for {other.Layers} layers of {other.KeyValueHeads} heads of {other.HeadWidth}, but this decoder has 2 of 2 of 10",
                Assert.Throws<ArgumentException>(() => subject.Decoder.Forward(x, null, cache)).Message, StringComparison.Ordinal);
            Assert.Equal(0, cache.Length);
        }
    }

    [Fact]
    public void H_lora_of_another_base_is_refused_by_the_step_also_where_its_own_base_has_used_it()
    {
        using var noGrad = no_grad();
        using var subject = new RandomDecoder(RandomDecoder.Configurations[1], seed: 1);
        using var other = new RandomDecoder(RandomDecoder.Configurations[0], seed: 1);
        using var hlora = other.HLora(8, 4, seed: 2);
        using (var own = new KvCache(RandomDecoder.Configurations[0], 1, 9, ScalarType.Float32))
        using (var x = randn(1, 1, 64))
            other.Decoder.Forward(x, hlora, own).Dispose();
        using var cache = new KvCache(RandomDecoder.Configurations[1], 1, 9, ScalarType.Float32);
        using var one = randn(1, 1, 60);

        Assert.Contains("made for another base: ", Assert.Throws<ArgumentException>(() => subject.Decoder.Forward(one, hlora, cache)).Message, StringComparison.Ordinal);
        Assert.Equal(0, cache.Length);
    }

    [Fact]
    public void H_lora_that_is_cast_at_use_gives_the_step_what_a_cast_gives()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var config = RandomDecoder.Configurations[0];
        using var subject = new RandomDecoder(config, seed: 1, ScalarType.BFloat16);
        using var fine = new RandomDecoder(config, seed: 1);
        using var hlora = fine.HLora(8, 4, seed: 2);
        using var cast = hlora.Cast(ScalarType.BFloat16);
        var x = randn(1, 1, 64).to(ScalarType.BFloat16);
        Tensor Step(HLoraWeights weights)
        {
            using var cache = new KvCache(config, 1, 9, ScalarType.BFloat16);
            return subject.Decoder.Forward(x, weights, cache).to(ScalarType.Float32);
        }

        Reference.Near(Step(cast), Step(hlora.CastAtUse(ScalarType.BFloat16)), tolerance: 0.05);
    }

    [Fact]
    public void H_lora_whose_file_is_disposed_is_told_to_the_caller()
    {
        using var noGrad = no_grad();
        var config = RandomDecoder.Configurations[0];
        using var subject = new RandomDecoder(config, seed: 1);
        using var source = subject.HLora(8, 4, seed: 2);
        var set = new WeightSet(source.NamedTensors().ToDictionary(item => item.Key, item => item.Value.clone()), "plugin");
        var hlora = HLoraWeights.FromTensors(set, config);
        using var cache = new KvCache(config, 1, 9, ScalarType.Float32);
        using var x = randn(1, 1, 64);
        subject.Decoder.Forward(x, hlora, cache).Dispose();
        set.Dispose();

        Assert.Throws<ObjectDisposedException>(() => subject.Decoder.Forward(x, hlora, cache));
        Assert.Equal(1, cache.Length);
    }

    [Theory, MemberData(nameof(Lengths))]
    public void What_is_disposed_is_told_to_the_caller(int length)
    {
        using var noGrad = no_grad();
        var config = RandomDecoder.Configurations[0];
        using var subject = new RandomDecoder(config, seed: 1);
        using var cache = new KvCache(config, 1, 9, ScalarType.Float32);
        using var x = randn(1, length, 64);
        var ended = new KvCache(config, 1, 9, ScalarType.Float32);
        ended.Dispose();
        var detached = subject.HLora(8, 4, seed: 2);
        detached.Dispose();

        Assert.Equal(typeof(KvCache).FullName, Assert.Throws<ObjectDisposedException>(() => subject.Decoder.Forward(x, null, ended)).ObjectName);
        Assert.Equal(typeof(HLoraWeights).FullName, Assert.Throws<ObjectDisposedException>(() => subject.Decoder.Forward(x, detached, cache)).ObjectName);
        Assert.Equal(typeof(HLoraWeights).FullName, Assert.Throws<ObjectDisposedException>(() => subject.Decoder.Forward(x, new HLoraRows([detached]), cache)).ObjectName);
        subject.Decoder.Forward(x, null, cache).Dispose();
        subject.Dispose();
        Assert.Equal(typeof(TransformerDecoder).FullName, Assert.Throws<ObjectDisposedException>(() => subject.Decoder.Forward(x, null, cache)).ObjectName);
    }
}

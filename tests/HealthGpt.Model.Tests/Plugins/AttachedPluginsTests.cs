using HealthGpt.Model.Plugins;
using HealthGpt.Model.Tests.Decoder;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Model.Tests.Plugins;

public sealed class AttachedPluginsTests
{
    private static readonly string OneBase = new('a', 64);
    private static readonly string OtherBase = new('b', 64);

    [Fact]
    public void A_plugin_changes_its_rows_and_leaves_the_base_as_it_was()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var subject = new RandomDecoder(RandomDecoder.Configurations[0], seed: 1);
        using var plugins = new AttachedPlugins(subject.Decoder, RandomDecoder.VisionWidth, OneBase);
        var x = randn(2, 5, 64);
        var before = subject.Decoder.Forward(x);

        plugins.Attach("a", subject.Plugin(rank: 8, experts: 4, seed: 2, OneBase));
        var mixed = subject.Decoder.Forward(x, plugins.Rows([null, "a"]));
        plugins.Detach("a");

        Reference.Near(before[0], mixed[0]);
        Assert.True((before[1] - mixed[1]).abs().max().ToDouble() > 1e-2);
        Assert.Equal(before.data<float>().ToArray(), subject.Decoder.Forward(x).data<float>().ToArray());
        Assert.Contains("no plugin 'a' is attached; attached are none", Assert.Throws<KeyNotFoundException>(() => plugins.Rows(["a"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_plugin_has_one_name_and_one_owner()
    {
        using var subject = new RandomDecoder(RandomDecoder.Configurations[0], seed: 1);
        var plugins = new AttachedPlugins(subject.Decoder, RandomDecoder.VisionWidth);
        var plugin = subject.Plugin(rank: 8, experts: 4, seed: 2);
        plugins.Attach("a", plugin);

        Assert.Contains("is attached already, as 'a'", Assert.Throws<ArgumentException>(() => plugins.Attach("z", plugin)).Message, StringComparison.Ordinal);
        Assert.Contains("'a' is attached already", Assert.Throws<ArgumentException>(() => plugins.Attach("a", plugin)).Message, StringComparison.Ordinal);
        Assert.Equal(["a"], plugins.Names);
        plugins.Detach("a");
        Assert.Throws<ObjectDisposedException>(() => plugins.Attach("a", plugin));
        plugins.Dispose();
        using var other = subject.Plugin(rank: 8, experts: 4, seed: 3);
        Assert.Throws<ObjectDisposedException>(() => plugins.Attach("a", other));
    }

    [Fact]
    public void A_plugin_of_another_base_is_refused()
    {
        using var subject = new RandomDecoder(RandomDecoder.Configurations[0], seed: 1);
        using var wider = new RandomDecoder(RandomDecoder.Configurations[1], seed: 1);
        using var deeper = new RandomDecoder(RandomDecoder.Configurations[0] with { Layers = 3 }, seed: 1);
        using var narrow = new RandomDecoder(RandomDecoder.Configurations[0], seed: 1, ScalarType.BFloat16);
        using var plugins = new AttachedPlugins(subject.Decoder, RandomDecoder.VisionWidth, OneBase);
        void Refuses(RandomDecoder of, string? sha256, string expected)
        {
            using var plugin = of.Plugin(rank: 8, experts: 4, seed: 2, sha256);
            var error = Assert.Throws<ArgumentException>(() => plugins.Attach("a", plugin));
            Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        }

        Refuses(subject, OtherBase, $"was trained on a base with SHA-256 {OtherBase}, but this base has {OneBase}");
        Refuses(wider, null, "has the shape [8, 60], but this base needs [8, 64]");
        Refuses(deeper, OneBase, "this one has no 'layers.2.self_attn.qkv_proj'");
        Refuses(narrow, OneBase, "as BFloat16 on cpu, but the base computes in Float32");
        Assert.Empty(plugins.Names);
    }
}

using HealthGpt.Model.Decoder;
using HealthGpt.Model.Plugins;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Model.Tests.Decoder;

public sealed class LiveTensorTests
{
    private const int Seed = 20282;

    // Tensors that this thread made and nobody disposed; collecting garbage does not help a count that is too high.
    private static long Live => DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;

    [Theory, InlineData(true), InlineData(false)]
    public void Passes_decoding_and_plugins_leave_no_tensor_behind(bool recordGradients)
    {
        foreach (var config in RandomDecoder.Configurations)
        {
            var start = Live;
            using (var subject = new RandomDecoder(config, Seed))
            {
                Decode(subject, recordGradients);
                Assert.Equal(start + Weights(config), Live);
            }

            Assert.Equal(start, Live);
        }
    }

    private static void Decode(RandomDecoder subject, bool recordGradients)
    {
        using var mode = set_grad_enabled(recordGradients);
        using var plugins = new AttachedPlugins(subject.Decoder, RandomDecoder.VisionWidth);
        plugins.Attach("a", subject.Plugin(rank: 8, experts: 4, seed: 1));
        plugins.Attach("b", subject.Plugin(rank: 4, experts: 2, seed: 2));
        using (var cache = new KvCache(subject.Decoder.Config, 3, 32, ScalarType.Float32))
        using (var prompt = randn(3, 12, subject.Decoder.Config.Hidden))
        using (var token = randn(3, 1, subject.Decoder.Config.Hidden))
        using (var head = randn(32, subject.Decoder.Config.Hidden))
        {
            var held = Live;
            subject.Decoder.Forward(prompt, plugins["a"].HLora).Dispose();
            subject.Decoder.Forward(prompt, plugins.Rows(["a", null, "b"]), cache, padding: new(PaddingSide.Left, [3, 12, 7])).Dispose();
            for (var step = 0; step < 4; step++)
            {
                using var hidden = subject.Decoder.Forward(token, plugins.Rows(["a", null, "b"]), cache);
                LogitProjection.Apply(hidden, head).Dispose();
            }

            Assert.Equal(held, Live);
        }

        Assert.True(plugins.Detach("a"));
        Assert.False(plugins.Detach("a"));
    }

    // The tables of the rotary embedding are the decoder's too.
    private static int Weights(DecoderConfig config) => (config.Layers * (config.Linears.Sum(linear => linear.HasBias ? 2 : 1) + 2)) + 1 + 2;
}

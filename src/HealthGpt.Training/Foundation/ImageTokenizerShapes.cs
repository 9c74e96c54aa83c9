using System.Globalization;
using HealthGpt.Model.ImageTokens;

namespace HealthGpt.Training.Foundation;

/// <summary>Fresh weights of a GumbelVQ by the names of taming-transformers.</summary>
internal static class ImageTokenizerShapes
{
    public static void Create(MasterWeights weights, ImageTokenizerConfig config)
    {
        var channels = config.Multipliers.Select(factor => config.Channels * factor).ToArray();
        Encoder(weights, config, channels);
        Decoder(weights, config, channels);
        Convolution(weights, "quant_conv", config.LatentChannels, config.EmbeddingWidth, 1);
        Convolution(weights, "post_quant_conv", config.EmbeddingWidth, config.LatentChannels, 1);
        Convolution(weights, "quantize.proj", config.EmbeddingWidth, config.Codes, 1);
        weights.Normal("quantize.embed.weight", 1, config.Codes, config.EmbeddingWidth);
    }

    private static void Encoder(MasterWeights weights, ImageTokenizerConfig config, int[] channels)
    {
        var side = config.Resolution;
        var width = config.Channels;
        Convolution(weights, "encoder.conv_in", 3, width, 3);
        for (var level = 0; level < channels.Length; level++)
        {
            Stages(weights, config, Name($"encoder.down.{level}"), config.ResidualBlocks, ref width, channels[level], side);
            if (level == channels.Length - 1) break;
            Convolution(weights, Name($"encoder.down.{level}.downsample.conv"), width, width, 3);
            side /= 2;
        }

        Middle(weights, "encoder", width);
        Norm(weights, "encoder.norm_out", width);
        Convolution(weights, "encoder.conv_out", width, config.LatentChannels, 3);
    }

    private static void Decoder(MasterWeights weights, ImageTokenizerConfig config, int[] channels)
    {
        var side = config.Grid;
        var width = channels[^1];
        Convolution(weights, "decoder.conv_in", config.LatentChannels, width, 3);
        Middle(weights, "decoder", width);
        for (var level = channels.Length - 1; level >= 0; level--)
        {
            Stages(weights, config, Name($"decoder.up.{level}"), config.ResidualBlocks + 1, ref width, channels[level], side);
            if (level == 0) break;
            Convolution(weights, Name($"decoder.up.{level}.upsample.conv"), width, width, 3);
            side *= 2;
        }

        Norm(weights, "decoder.norm_out", width);
        Convolution(weights, "decoder.conv_out", width, 3, 3);
    }

    private static void Stages(MasterWeights weights, ImageTokenizerConfig config, string level, int blocks, ref int width, int target, int side)
    {
        for (var block = 0; block < blocks; block++)
        {
            Residual(weights, Name($"{level}.block.{block}"), width, target);
            width = target;
            if (config.AttentionSides.Contains(side)) Attention(weights, Name($"{level}.attn.{block}"), width);
        }
    }

    private static void Middle(MasterWeights weights, string network, int width)
    {
        Residual(weights, network + ".mid.block_1", width, width);
        Attention(weights, network + ".mid.attn_1", width);
        Residual(weights, network + ".mid.block_2", width, width);
    }

    private static void Residual(MasterWeights weights, string name, int from, int to)
    {
        Norm(weights, name + ".norm1", from);
        Convolution(weights, name + ".conv1", from, to, 3);
        Norm(weights, name + ".norm2", to);
        Convolution(weights, name + ".conv2", to, to, 3);
        if (from != to) Convolution(weights, name + ".nin_shortcut", from, to, 1);
    }

    private static void Attention(MasterWeights weights, string name, int width)
    {
        Norm(weights, name + ".norm", width);
        foreach (var part in new[] { ".q", ".k", ".v", ".proj_out" }) Convolution(weights, name + part, width, width, 1);
    }

    private static void Norm(MasterWeights weights, string name, int width)
    {
        weights.Constant(name + ".weight", 1, width);
        weights.Constant(name + ".bias", 0, width);
    }

    private static void Convolution(MasterWeights weights, string name, int from, int to, int kernel)
    {
        weights.Uniform(name + ".weight", from * kernel * kernel, to, from, kernel, kernel);
        weights.Constant(name + ".bias", 0, to);
    }

    private static string Name(FormattableString name) => name.ToString(CultureInfo.InvariantCulture);
}

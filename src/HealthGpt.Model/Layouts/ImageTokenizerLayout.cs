using System.Globalization;
using HealthGpt.Model.ImageTokens;

namespace HealthGpt.Model.Layouts;

/// <summary>The tensors of a GumbelVQ image tokenizer, by the names of taming-transformers (its Encoder, Decoder and GumbelQuantize).</summary>
internal static class ImageTokenizerLayout
{
    /// <summary>The tensors that a configuration asks for; a published checkpoint holds the networks of its training loss beside them.</summary>
    public static PartLayout Of(ImageTokenizerConfig config)
    {
        var tensors = new TensorList();
        AddEncoder(tensors, config);
        AddDecoder(tensors, config);
        tensors.Convolution("quant_conv", config.LatentChannels, config.EmbeddingWidth, 1);
        tensors.Convolution("post_quant_conv", config.EmbeddingWidth, config.LatentChannels, 1);
        tensors.Convolution("quantize.proj", config.EmbeddingWidth, config.Codes, 1);
        tensors.Add(new("quantize.embed.weight", config.Codes, config.EmbeddingWidth));
        return new PartLayout(
            string.Create(CultureInfo.InvariantCulture, $"an image tokenizer of {config.Codes} codes"), tensors, IsOfTraining);
    }

    /// <summary>Whether a tensor is one of the training loss, which no answer needs.</summary>
    internal static bool IsOfTraining(string name) => name.StartsWith("loss.", StringComparison.Ordinal);

    private static void AddEncoder(TensorList tensors, ImageTokenizerConfig config)
    {
        int width = config.Channels, side = config.Resolution;
        tensors.Convolution("encoder.conv_in", 3, width, 3);
        for (var level = 0; level < config.Multipliers.Count; level++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"encoder.down.{level}");
            for (var block = 0; block < config.ResidualBlocks; block++)
                width = tensors.Stage(name, block, width, config.Channels * config.Multipliers[level], config.AttentionSides.Contains(side));
            if (level == config.Multipliers.Count - 1) break;
            tensors.Convolution(name + ".downsample.conv", width, width, 3);
            side /= 2;
        }

        tensors.Middle("encoder.mid", width);
        tensors.Norm("encoder.norm_out", width);
        tensors.Convolution("encoder.conv_out", width, config.LatentChannels, 3);
    }

    private static void AddDecoder(TensorList tensors, ImageTokenizerConfig config)
    {
        int width = config.Channels * config.Multipliers[^1], side = config.Grid;
        tensors.Convolution("decoder.conv_in", config.LatentChannels, width, 3);
        tensors.Middle("decoder.mid", width);
        for (var level = config.Multipliers.Count - 1; level >= 0; level--)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"decoder.up.{level}");
            for (var block = 0; block <= config.ResidualBlocks; block++)
                width = tensors.Stage(name, block, width, config.Channels * config.Multipliers[level], config.AttentionSides.Contains(side));
            if (level == 0) break;
            tensors.Convolution(name + ".upsample.conv", width, width, 3);
            side *= 2;
        }

        tensors.Norm("decoder.norm_out", width);
        tensors.Convolution("decoder.conv_out", width, 3, 3);
    }

    private sealed class TensorList : List<ExpectedTensor>
    {
        public void Convolution(string name, int from, int to, int side)
        {
            Add(new(name + ".weight", to, from, side, side));
            Add(new(name + ".bias", to));
        }

        public void Norm(string name, int width)
        {
            Add(new(name + ".weight", width));
            Add(new(name + ".bias", width));
        }

        /// <summary>A residual block and the attention that follows it at some sides.</summary>
        /// <returns>The channels after it.</returns>
        public int Stage(string level, int block, int from, int to, bool attends)
        {
            Residual(string.Create(CultureInfo.InvariantCulture, $"{level}.block.{block}"), from, to);
            if (attends) Attention(string.Create(CultureInfo.InvariantCulture, $"{level}.attn.{block}"), to);
            return to;
        }

        public void Middle(string name, int width)
        {
            Residual(name + ".block_1", width, width);
            Attention(name + ".attn_1", width);
            Residual(name + ".block_2", width, width);
        }

        private void Residual(string name, int from, int to)
        {
            Norm(name + ".norm1", from);
            Convolution(name + ".conv1", from, to, 3);
            Norm(name + ".norm2", to);
            Convolution(name + ".conv2", to, to, 3);
            if (from != to) Convolution(name + ".nin_shortcut", from, to, 1);
        }

        private void Attention(string name, int width)
        {
            Norm(name + ".norm", width);
            foreach (var part in (string[])["q", "k", "v", "proj_out"]) Convolution($"{name}.{part}", width, width, 1);
        }
    }
}

using System.Globalization;
using HealthGpt.Model.Devices;
using HealthGpt.Model.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Model.ImageTokens;

// Shapes: B batch, C channels, S side.

/// <summary>The encoder and decoder of the VQGAN (arXiv 2012.09841), by the tensor names of taming-transformers.</summary>
internal sealed class ConvolutionNetwork(ImageTokenizerConfig config, WeightSet weights)
{
    /// <summary>Images <c>(B, 3, S, S)</c> to latents <c>(B, latent, grid, grid)</c>.</summary>
    public Tensor Encode(Tensor x)
    {
        var side = config.Resolution;
        x = Convolution(x, "encoder.conv_in", 1);
        for (var level = 0; level < config.Multipliers.Count; level++)
        {
            for (var block = 0; block < config.ResidualBlocks; block++)
                x = Stage(x, Name($"encoder.down.{level}"), block, side);

            if (level == config.Multipliers.Count - 1) break;
            x = Convolution(nn.functional.pad(x, [0, 1, 0, 1]), Name($"encoder.down.{level}.downsample.conv"), 0, 2);
            side /= 2;
        }

        x = Middle(x, "encoder.mid");
        return Convolution(Swish(Normalise(x, "encoder.norm_out")), "encoder.conv_out", 1);
    }

    /// <summary>Latents <c>(B, latent, grid, grid)</c> to images <c>(B, 3, S, S)</c>.</summary>
    public Tensor Decode(Tensor x)
    {
        var side = config.Grid;
        x = Middle(Convolution(x, "decoder.conv_in", 1), "decoder.mid");
        for (var level = config.Multipliers.Count - 1; level >= 0; level--)
        {
            for (var block = 0; block <= config.ResidualBlocks; block++)
                x = Stage(x, Name($"decoder.up.{level}"), block, side);

            if (level == 0) break;
            x = Convolution(nn.functional.interpolate(x, scale_factor: [2, 2]), Name($"decoder.up.{level}.upsample.conv"), 1);
            side *= 2;
        }

        return Convolution(Swish(Normalise(x, "decoder.norm_out")), "decoder.conv_out", 1);
    }

    private Tensor Stage(Tensor x, string level, int block, int side)
    {
        x = Residual(x, Name($"{level}.block.{block}"));
        return config.AttentionSides.Contains(side) ? Attention(x, Name($"{level}.attn.{block}")) : x;
    }

    private Tensor Middle(Tensor x, string name) => Residual(Attention(Residual(x, name + ".block_1"), name + ".attn_1"), name + ".block_2");

    private Tensor Residual(Tensor x, string name)
    {
        var changed = Convolution(Swish(Normalise(x, name + ".norm1")), name + ".conv1", 1);
        changed = Convolution(Swish(Normalise(changed, name + ".norm2")), name + ".conv2", 1);
        return (weights.Has(name + ".nin_shortcut.weight") ? Convolution(x, name + ".nin_shortcut", 0) : x).Plus(changed);
    }

    private Tensor Attention(Tensor x, string name)
    {
        var normal = Normalise(x, name + ".norm");
        var query = Convolution(normal, name + ".q", 0).flatten(2).transpose(1, 2).unsqueeze(1);
        var key = Convolution(normal, name + ".k", 0).flatten(2).transpose(1, 2).unsqueeze(1);
        var value = Convolution(normal, name + ".v", 0).flatten(2).transpose(1, 2).unsqueeze(1);
        var mixed = nn.functional.scaled_dot_product_attention(query, key, value).squeeze(1).transpose(1, 2).reshape(x.shape);
        return x.Plus(Convolution(mixed, name + ".proj_out", 0));
    }

    private Tensor Normalise(Tensor x, string name) => nn.functional.group_norm(x, ImageTokenizerConfig.NormalisationGroups, weights.Get(name + ".weight"), weights.Get(name + ".bias"), 1e-6);

    private static Tensor Swish(Tensor x) => nn.functional.silu(x);

    private Tensor Convolution(Tensor x, string name, long padding, long stride = 1) =>
        nn.functional.conv2d(x, weights.Get(name + ".weight"), weights.Get(name + ".bias"), strides: [stride, stride], padding: [padding, padding]);

    private static string Name(FormattableString name) => name.ToString(CultureInfo.InvariantCulture);
}

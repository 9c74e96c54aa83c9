using HealthGpt.Model.Decoder;
using HealthGpt.Model.ImageTokens;
using HealthGpt.Model.Vision;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Training.Tests;

/// <summary>Random weights by the names of the published formats.</summary>
internal sealed class TinyWeights(int seed) : IDisposable
{
    private readonly Generator _generator = new((ulong)seed);
    private readonly Dictionary<string, Tensor> _tensors = [];

    public IEnumerable<KeyValuePair<string, Tensor>> Tensors => _tensors;

    public static TinyWeights Decoder(DecoderConfig config, int seed)
    {
        var weights = new TinyWeights(seed);
        weights.Matrix("model.embed_tokens.weight", config.VocabularyRows, config.Hidden);
        weights.Matrix("lm_head.weight", config.VocabularyRows, config.Hidden);
        weights.Ones("model.norm.weight", config.Hidden);
        for (var layer = 0; layer < config.Layers; layer++)
        {
            weights.Ones($"model.layers.{layer}.input_layernorm.weight", config.Hidden);
            weights.Ones($"model.layers.{layer}.post_attention_layernorm.weight", config.Hidden);
            foreach (var linear in config.Linears)
                weights.Matrix($"model.layers.{layer}.{linear.Name}.weight", linear.Out, linear.In);
        }
        return weights;
    }

    public static TinyWeights Tower(VisionConfig config, int seed)
    {
        var weights = new TinyWeights(seed);
        const string root = "vision_model.";
        weights.Matrix(root + "embeddings.class_embedding", config.Width);
        weights.Matrix(root + "embeddings.patch_embedding.weight", config.Width, 3, config.PatchSize, config.PatchSize);
        weights.Matrix(root + "embeddings.position_embedding.weight", config.Patches + 1, config.Width);
        weights.Norm(root + "pre_layrnorm", config.Width);
        weights.Norm(root + "post_layernorm", config.Width);
        for (var layer = 0; layer < config.Layers; layer++)
        {
            var name = $"{root}encoder.layers.{layer}.";
            weights.Norm(name + "layer_norm1", config.Width);
            weights.Norm(name + "layer_norm2", config.Width);
            foreach (var part in (string[])["q_proj", "k_proj", "v_proj", "out_proj"])
                weights.Linear($"{name}self_attn.{part}", config.Width, config.Width);
            weights.Linear(name + "mlp.fc1", config.FeedForward, config.Width);
            weights.Linear(name + "mlp.fc2", config.Width, config.FeedForward);
        }
        return weights;
    }

    /// <summary>Only for networks whose channels are the same at every resolution.</summary>
    public static TinyWeights ImageTokenizer(ImageTokenizerConfig config, int seed)
    {
        var weights = new TinyWeights(seed);
        int width = config.Channels, latent = config.LatentChannels, embedding = config.EmbeddingWidth;
        weights.Convolution("encoder.conv_in", width, 3, 3);
        weights.Convolution("decoder.conv_in", width, latent, 3);
        foreach (var network in (string[])["encoder", "decoder"])
        {
            weights.Residual(network + ".mid.block_1", width);
            weights.Residual(network + ".mid.block_2", width);
            weights.Norm(network + ".mid.attn_1.norm", width);
            foreach (var part in (string[])["q", "k", "v", "proj_out"])
                weights.Convolution($"{network}.mid.attn_1.{part}", width, width, 1);
            weights.Norm(network + ".norm_out", width);
        }
        for (var level = 0; level < config.Multipliers.Count; level++)
        {
            for (var block = 0; block < config.ResidualBlocks; block++)
                weights.Residual($"encoder.down.{level}.block.{block}", width);
            for (var block = 0; block <= config.ResidualBlocks; block++)
                weights.Residual($"decoder.up.{level}.block.{block}", width);
            if (level < config.Multipliers.Count - 1) weights.Convolution($"encoder.down.{level}.downsample.conv", width, width, 3);
            if (level > 0) weights.Convolution($"decoder.up.{level}.upsample.conv", width, width, 3);
        }
        weights.Convolution("encoder.conv_out", latent, width, 3);
        weights.Convolution("decoder.conv_out", 3, width, 3);
        weights.Convolution("quant_conv", embedding, latent, 1);
        weights.Convolution("post_quant_conv", latent, embedding, 1);
        weights.Convolution("quantize.proj", config.Codes, embedding, 1);
        weights.Matrix("quantize.embed.weight", config.Codes, embedding);
        return weights;
    }

    public void Matrix(string name, params long[] shape)
    {
        using var normal = randn(shape, generator: _generator);
        _tensors.Add(name, normal * 0.3);
    }

    public void Dispose()
    {
        foreach (var tensor in _tensors.Values)
            tensor.Dispose();
        _generator.Dispose();
    }

    private void Residual(string name, int width)
    {
        Norm(name + ".norm1", width);
        Norm(name + ".norm2", width);
        Convolution(name + ".conv1", width, width, 3);
        Convolution(name + ".conv2", width, width, 3);
    }

    private void Convolution(string name, long width, long from, long side)
    {
        Matrix(name + ".weight", width, from, side, side);
        Matrix(name + ".bias", width);
    }

    private void Linear(string name, long width, long from)
    {
        Matrix(name + ".weight", width, from);
        Matrix(name + ".bias", width);
    }

    private void Norm(string name, long width)
    {
        Ones(name + ".weight", width);
        Matrix(name + ".bias", width);
    }

    private void Ones(string name, long width) => _tensors.Add(name, ones(width));
}

using HealthGpt.Model.Devices;
using HealthGpt.Model.Layouts;
using HealthGpt.Model.Verification;
using HealthGpt.Model.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Model.ImageTokens;

// Shapes: B batch, S image side, G grid side, K codes.

/// <summary>GumbelVQ (taming-transformers): an image to a grid of code indices and back.</summary>
public sealed class ImageTokenizer : IDisposable
{
    private readonly WeightSet _weights;
    private readonly ConvolutionNetwork _network;

    /// <summary>Creates a tokenizer over its weights.</summary>
    /// <param name="config">Its sizes.</param>
    /// <param name="weights">Tensors by the names of taming-transformers; the tokenizer disposes them.</param>
    /// <exception cref="WeightFileException">A tensor is missing or misshapen.</exception>
    public ImageTokenizer(ImageTokenizerConfig config, WeightSet weights)
    {
        Config = config;
        _weights = weights;
        _network = new ConvolutionNetwork(config, weights);
        weights.Require(ImageTokenizerLayout.Of(config));
    }

    /// <summary>Loads an image tokenizer's folder.</summary>
    /// <param name="folder">Its weights; those of its training loss are left out.</param>
    /// <param name="config">Its sizes, as model.yaml beside the weights has them.</param>
    /// <param name="type">The element type that floating-point weights get.</param>
    /// <param name="device">Where they go; the CPU by default.</param>
    /// <param name="cancellationToken">Stops between two tensors.</param>
    /// <exception cref="WeightFileException">A tensor is missing or misshapen.</exception>
    public static ImageTokenizer Load(string folder, ImageTokenizerConfig config, ScalarType type, Device? device = null, CancellationToken cancellationToken = default)
    {
        TorchRuntime.Prepare();
        TensorHeaders.Require(folder, ImageTokenizerLayout.Of(config));
        return new(config, WeightSet.Load(folder, type, device, name => !ImageTokenizerLayout.IsOfTraining(name), cancellationToken));
    }

    /// <summary>The tokenizer's sizes.</summary>
    public ImageTokenizerConfig Config { get; }

    /// <summary>S: side of an image, in pixels.</summary>
    public int Resolution => Config.Resolution;

    /// <summary>G: side of the grid of indices.</summary>
    public int Grid => Config.Grid;

    /// <summary>K: number of codes.</summary>
    public int Codes => Config.Codes;

    /// <summary>The element type of the computation.</summary>
    public ScalarType Type => _weights.Get("quantize.embed.weight").dtype;

    /// <summary>The codebook, <c>(K, embedding)</c>; the tokenizer's own.</summary>
    public Tensor Codebook => _weights.Get("quantize.embed.weight");

    /// <summary>Latents before quantisation, <c>(B, embedding, G, G)</c>.</summary>
    /// <param name="images"><c>(B, 3, S, S)</c> in [-1, 1].</param>
    public Tensor PreQuantise(Tensor images)
    {
        using var scope = NewDisposeScope();
        return nn.functional.conv2d(_network.Encode(images), _weights.Get("quant_conv.weight"), _weights.Get("quant_conv.bias")).MoveToOuterDisposeScope();
    }

    /// <summary>Logits over the codes, <c>(B, K, G, G)</c>.</summary>
    /// <param name="images"><c>(B, 3, S, S)</c> in [-1, 1].</param>
    public Tensor Logits(Tensor images)
    {
        using var scope = NewDisposeScope();
        return nn.functional.conv2d(PreQuantise(images), _weights.Get("quantize.proj.weight"), _weights.Get("quantize.proj.bias")).MoveToOuterDisposeScope();
    }

    /// <summary>The index of the likeliest code at each place, row by row.</summary>
    /// <param name="images"><c>(B, 3, S, S)</c> in [-1, 1].</param>
    /// <returns><c>(B, G * G)</c>, int64; the caller's.</returns>
    public Tensor Encode(Tensor images)
    {
        using var scope = NewDisposeScope();
        return Logits(images).argmax(1).flatten(1).MoveToOuterDisposeScope();
    }

    /// <summary>Draws the image of indices.</summary>
    /// <param name="indices"><c>(B, G * G)</c> or <c>(B, G, G)</c>, int64.</param>
    /// <returns><c>(B, 3, S, S)</c>, not yet clamped to [-1, 1]; the caller's.</returns>
    public Tensor Decode(Tensor indices)
    {
        using var scope = NewDisposeScope();
        var rows = _weights.Get("quantize.embed.weight").index_select(0, indices.flatten());
        return DecodeLatents(rows.view(indices.shape[0], Grid, Grid, Config.EmbeddingWidth).permute(0, 3, 1, 2).contiguous()).MoveToOuterDisposeScope();
    }

    /// <summary>Draws the image of quantised latents; what training of a tokenizer works on.</summary>
    /// <param name="quantised"><c>(B, embedding, G, G)</c>.</param>
    /// <returns><c>(B, 3, S, S)</c>; the caller's.</returns>
    public Tensor DecodeLatents(Tensor quantised)
    {
        using var scope = NewDisposeScope();
        var latents = nn.functional.conv2d(quantised, _weights.Get("post_quant_conv.weight"), _weights.Get("post_quant_conv.bias"));
        return _network.Decode(latents).MoveToOuterDisposeScope();
    }

    /// <inheritdoc />
    public void Dispose() => _weights.Dispose();
}

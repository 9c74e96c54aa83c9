using System.Globalization;
using HealthGpt.Model.Devices;
using HealthGpt.Model.Layouts;
using HealthGpt.Model.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Model.Vision;

// Shapes: B batch, S image side, P patches, W width, N heads, D head width.

/// <summary>The CLIP ViT (arXiv 2103.00020) that reads images; always frozen when HealthGPT itself is trained.</summary>
public sealed class VisionTower : IDisposable
{
    private readonly WeightSet _weights;
    private readonly string _prefix;

    /// <summary>Creates a tower over its weights.</summary>
    /// <param name="config">Its sizes.</param>
    /// <param name="weights">Tensors by their Hugging Face names; the tower disposes them.</param>
    /// <exception cref="WeightFileException">A tensor is missing, misshapen or of whole numbers.</exception>
    public VisionTower(VisionConfig config, WeightSet weights)
    {
        Config = config;
        _weights = weights;
        _prefix = "vision_model.";
        weights.Require(VisionTowerLayout.Of(config));
    }

    /// <summary>The tower's sizes.</summary>
    public VisionConfig Config { get; }

    /// <summary>The element type of the computation.</summary>
    public ScalarType Type => _weights.Get(_prefix + "embeddings.class_embedding").dtype;

    /// <summary>Where the weights are.</summary>
    public Device Device => _weights.Get(_prefix + "embeddings.class_embedding").device;

    /// <summary>Reads images, running no layer beyond the last one that is asked for.</summary>
    /// <param name="pixels">Prepared images, <c>(B, 3, S, S)</c>.</param>
    /// <param name="abstractGrained">Whether the last-but-one layer's features are wanted.</param>
    /// <param name="concreteGrained">Whether the first layer's features are wanted.</param>
    /// <returns>The features; the caller's.</returns>
    public VisionFeatures Forward(Tensor pixels, bool abstractGrained, bool concreteGrained)
    {
        using var scope = NewDisposeScope();
        var layers = abstractGrained ? Config.Layers - 1 : 1;
        var x = Embed(pixels);
        Tensor? concrete = null;
        for (var layer = 0; layer < layers; layer++)
        {
            x = Layer(x, layer);
            if (layer == 0 && concreteGrained) concrete = Patches(x);
        }

        var @abstract = abstractGrained ? Patches(x) : null;
        return new VisionFeatures(@abstract?.MoveToOuterDisposeScope(), concrete?.MoveToOuterDisposeScope());
    }

    /// <summary>Runs every layer: both features, and the normalised class token after the last layer, <c>(B, W)</c>. What training a tower works on.</summary>
    /// <param name="pixels">Prepared images, <c>(B, 3, S, S)</c>.</param>
    /// <param name="kept">Indices of the patches to read, <c>(P)</c>; all when null. A tower learns much faster from many images in part than from few as a whole
    /// (arXiv 2212.00794).</param>
    public (VisionFeatures Features, Tensor Token) ForwardAll(Tensor pixels, Tensor? kept = null)
    {
        using var scope = NewDisposeScope();
        var x = Embed(pixels);
        if (kept is not null) x = cat([x.narrow(1, 0, 1), x.narrow(1, 1, Config.Patches).index_select(1, kept)], 1);
        var outputs = new List<Tensor>();
        for (var layer = 0; layer < Config.Layers; layer++) outputs.Add(x = Layer(x, layer));
        var token = Norm(x.select(1, 0), "post_layernorm").MoveToOuterDisposeScope();
        return (new VisionFeatures(Patches(outputs[^2]).MoveToOuterDisposeScope(), Patches(outputs[0]).MoveToOuterDisposeScope()), token);
    }

    private static Tensor Patches(Tensor x) => x.narrow(1, 1, x.shape[1] - 1).contiguous();

    private Tensor Embed(Tensor pixels)
    {
        var patches = nn.functional.conv2d(pixels, Weight("embeddings.patch_embedding.weight"), strides: [Config.PatchSize, Config.PatchSize]).flatten(2).transpose(1, 2);
        var start = Weight("embeddings.class_embedding").view(1, 1, -1).expand(patches.shape[0], -1, -1);
        var placed = cat([start, patches], 1).Plus(Weight("embeddings.position_embedding.weight"));
        return Norm(placed, "pre_layrnorm");
    }

    private Tensor Layer(Tensor x, int layer)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"encoder.layers.{layer}.");
        var normal = Norm(x, name + "layer_norm1");
        var heads = nn.functional.scaled_dot_product_attention(
            Heads(normal, name + "self_attn.q_proj"), Heads(normal, name + "self_attn.k_proj"), Heads(normal, name + "self_attn.v_proj"));
        x = x.Plus(Linear(heads.transpose(1, 2).flatten(2), name + "self_attn.out_proj"));

        var wide = Linear(Norm(x, name + "layer_norm2"), name + "mlp.fc1");
        // Held by name: a temporary Scalar may be finalized while the native call still reads it.
        using Scalar slope = 1.702;
        var quickGelu = wide * (wide * slope).sigmoid();
        return x.Plus(Linear(quickGelu, name + "mlp.fc2"));
    }

    private Tensor Heads(Tensor x, string name) => Linear(x, name).view(x.shape[0], x.shape[1], Config.Heads, Config.Width / Config.Heads).transpose(1, 2);

    private Tensor Linear(Tensor x, string name) => nn.functional.linear(x, Weight(name + ".weight"), Weight(name + ".bias"));

    private Tensor Norm(Tensor x, string name) =>
        nn.functional.layer_norm(x, [Config.Width], Weight(name + ".weight"), Weight(name + ".bias"), Config.NormEpsilon);

    private Tensor Weight(string name) => _weights.Get(_prefix + name);

    /// <inheritdoc />
    public void Dispose() => _weights.Dispose();
}

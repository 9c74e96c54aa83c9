using HealthGpt.Model.Devices;
using HealthGpt.Model.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Model.Adapters;

/// <summary>
/// The projection of vision features into the decoder's embedding space: Linear, GELU (erf), Linear, both with bias (LLaVA's mlp2x_gelu).
/// There is one for abstract-grained features (comprehension) and one for concrete-grained ones (generation).
/// </summary>
public sealed class AdapterWeights : IDisposable
{
    internal const string Prefix = "base_model.model.model.mm_projector.";

    private AdapterWeights(Tensor firstWeight, Tensor firstBias, Tensor secondWeight, Tensor secondBias)
    {
        FirstWeight = firstWeight;
        FirstBias = firstBias;
        SecondWeight = secondWeight;
        SecondBias = secondBias;
    }

    /// <summary><c>(hidden, visionWidth)</c>.</summary>
    public Tensor FirstWeight { get; }

    /// <summary><c>(hidden)</c>.</summary>
    public Tensor FirstBias { get; }

    /// <summary><c>(hidden, hidden)</c>.</summary>
    public Tensor SecondWeight { get; }

    /// <summary><c>(hidden)</c>.</summary>
    public Tensor SecondBias { get; }

    /// <summary>Fresh weights as PyTorch's nn.Linear starts: uniform within 1/sqrt(inputs).</summary>
    /// <param name="visionWidth">Width of the vision features.</param>
    /// <param name="hidden">Width of the decoder.</param>
    /// <param name="seed">Seed of the random start.</param>
    public static AdapterWeights Create(int visionWidth, int hidden, ulong seed)
    {
        using var generator = new Generator(seed & long.MaxValue);
        return new AdapterWeights(
            Uniform(generator, [hidden, visionWidth], visionWidth), Uniform(generator, [hidden], visionWidth),
            Uniform(generator, [hidden, hidden], hidden), Uniform(generator, [hidden], hidden));
    }

    /// <summary>Takes weights by their released key names; the result shares them and disposes them.</summary>
    /// <exception cref="WeightFileException">A tensor is missing or its shape does not fit.</exception>
    public static AdapterWeights FromTensors(WeightSet weights, int visionWidth, int hidden) => new(
        weights.Get(Prefix + "0.weight", hidden, visionWidth), weights.Get(Prefix + "0.bias", hidden),
        weights.Get(Prefix + "2.weight", hidden, hidden), weights.Get(Prefix + "2.bias", hidden));

    /// <summary>All tensors by their released key names, in a fixed order.</summary>
    public IEnumerable<KeyValuePair<string, Tensor>> NamedTensors() =>
    [
        new(Prefix + "0.weight", FirstWeight), new(Prefix + "0.bias", FirstBias), new(Prefix + "2.weight", SecondWeight), new(Prefix + "2.bias", SecondBias),
    ];

    /// <summary>Projects features.</summary>
    /// <param name="features"><c>(.., visionWidth)</c>.</param>
    /// <returns><c>(.., hidden)</c>, the caller's.</returns>
    public Tensor Forward(Tensor features)
    {
        using var first = nn.functional.linear(features, FirstWeight, FirstBias);
        using var active = nn.functional.gelu(first);
        return nn.functional.linear(active, SecondWeight, SecondBias);
    }

    /// <summary>The same weights in another element type, and on another device where one is named; gradients flow back to these. The caller disposes the result.</summary>
    public AdapterWeights Cast(ScalarType type, Device? device = null) => Map(tensor => tensor.As(type, device));

    /// <summary>An independent copy without gradients.</summary>
    public AdapterWeights Clone() => Map(tensor =>
    {
        using var plain = tensor.detach();
        return Own(plain.clone());
    });

    private AdapterWeights Map(Func<Tensor, Tensor> change) => new(change(FirstWeight), change(FirstBias), change(SecondWeight), change(SecondBias));

    private static Tensor Uniform(Generator generator, long[] shape, int inputs)
    {
        using var unit = rand(shape, ScalarType.Float32, generator: generator);
        using Scalar two = 2, one = 1, bound = Math.Sqrt(inputs);
        return Own(unit.mul_(two).sub_(one).div(bound));
    }

    private static Tensor Own(Tensor tensor)
    {
        tensor.DetachFromDisposeScope();
        return tensor;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var (_, tensor) in NamedTensors()) tensor.Dispose();
    }
}

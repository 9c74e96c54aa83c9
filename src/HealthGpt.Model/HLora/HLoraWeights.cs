using System.Globalization;
using HealthGpt.Model.Decoder;
using HealthGpt.Model.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Model.HLora;

/// <summary>One set of H-LoRA over every linear of every decoder layer; with an adapter it makes a plugin.</summary>
public sealed class HLoraWeights : IDisposable
{
    internal const string DownPart = "lora_A", UpPart = "lora_B", RoutePart = "lora_route";

    private const string Prefix = "base_model.model.model.";

    private readonly Dictionary<string, HLoraSite> _sites;
    private readonly (ScalarType Type, Device? Device)? _castAtUse;

    private HLoraWeights(Dictionary<string, HLoraSite> sites, double alpha, (ScalarType Type, Device? Device)? castAtUse = null)
    {
        _sites = sites;
        _castAtUse = castAtUse;
        Alpha = alpha;
        var first = sites.Values.First();
        Rank = (int)first.A.shape[0];
        Experts = (int)first.Route.shape[0];
    }

    /// <summary>R: the rank of all experts together.</summary>
    public int Rank { get; }

    /// <summary>E: the number of experts.</summary>
    public int Experts { get; }

    /// <summary>The numerator of the scale.</summary>
    public double Alpha { get; }

    /// <summary>The factor s = alpha / R * E.</summary>
    public double Scale => Alpha / Rank * Experts;

    /// <summary>Whether the tensors were given back.</summary>
    internal bool IsDisposed { get; private set; }

    /// <summary>Whether each linear's weights are cast when they are asked for, as <see cref="CastAtUse"/> makes them.</summary>
    internal bool IsCastAtUse => _castAtUse is not null;

    /// <summary>Fresh weights: A and the router Kaiming-uniform with a = sqrt(5), that is uniform within 1/sqrt(I); B zero.</summary>
    /// <param name="config">The decoder they go with.</param>
    /// <param name="rank">R, a multiple of <paramref name="experts"/>.</param>
    /// <param name="alpha">The numerator of the scale.</param>
    /// <param name="experts">E.</param>
    /// <param name="seed">Seed of the random start.</param>
    public static HLoraWeights Create(DecoderConfig config, int rank, double alpha, int experts, ulong seed)
    {
        if (experts < 1 || rank < experts || rank % experts != 0)
            throw new ArgumentException($"rank {rank} does not divide into {experts} experts; choose a multiple", nameof(rank));

        using var generator = new Generator(seed & long.MaxValue);
        var sites = new Dictionary<string, HLoraSite>(StringComparer.Ordinal);
        for (var layer = 0; layer < config.Layers; layer++)
            foreach (var linear in config.Linears)
                sites.Add(DecoderConfig.LinearKey(layer, linear.Name), new HLoraSite(
                    Uniform(generator, rank, linear.In), Own(zeros(linear.Out, rank)), Uniform(generator, experts, linear.In)));
        return new HLoraWeights(sites, alpha);
    }

    /// <summary>Takes weights by their released key names (those of <see cref="NamedTensors"/>); other keys are left alone.</summary>
    /// <param name="weights">The tensors; the result shares them and disposes them.</param>
    /// <param name="config">The decoder they must fit.</param>
    /// <param name="alpha">The numerator of the scale; 2 R in every published setting.</param>
    /// <exception cref="WeightFileException">A tensor is missing, its shape does not fit the decoder, or the experts do not divide the rank.</exception>
    public static HLoraWeights FromTensors(WeightSet weights, DecoderConfig config, double? alpha = null)
    {
        var first = DecoderConfig.LinearKey(0, config.Linears[0].Name);
        int rank = Rows(weights, Key(first, DownPart)), experts = Rows(weights, Key(first, RoutePart));
        if (rank % experts != 0)
            throw new WeightFileException(weights.Source, $"tensor '{Key(first, RoutePart)}' has {experts} rows, one for each expert, but '{Key(first, DownPart)}' has rank {rank}; the experts must divide the rank");
        var sites = new Dictionary<string, HLoraSite>(StringComparer.Ordinal);
        for (var layer = 0; layer < config.Layers; layer++)
        {
            foreach (var linear in config.Linears)
            {
                var site = DecoderConfig.LinearKey(layer, linear.Name);
                sites.Add(site, new HLoraSite(
                    weights.Get(Key(site, DownPart), rank, linear.In), weights.Get(Key(site, UpPart), linear.Out, rank), weights.Get(Key(site, RoutePart), experts, linear.In)));
            }
        }

        return new HLoraWeights(sites, alpha ?? 2.0 * rank);
    }

    private static int Rows(WeightSet weights, string key) => weights.Get(key).shape is [>= 1 and <= int.MaxValue and var rows, _]
        ? (int)rows
        : throw new WeightFileException(weights.Source, $"tensor '{key}' has the shape {WeightEntry.TextOf(weights.Get(key).shape)}, but a matrix of at least one row is needed");

    /// <summary>All tensors by their released key names, in a fixed order.</summary>
    public IEnumerable<KeyValuePair<string, Tensor>> NamedTensors()
    {
        foreach (var (site, weights) in _sites)
        {
            yield return new(Key(site, DownPart), weights.A);
            yield return new(Key(site, UpPart), weights.B);
            yield return new(Key(site, RoutePart), weights.Route);
        }
    }

    /// <summary>The linears that have an adapter, as <see cref="DecoderConfig.LinearKey"/> names them.</summary>
    public IReadOnlyCollection<string> Keys => _sites.Keys;

    /// <summary>The adapter of one linear.</summary>
    /// <param name="linearKey">As <see cref="DecoderConfig.LinearKey"/> names it.</param>
    public HLoraSite this[string linearKey] => _castAtUse is var (type, device) ? _sites[linearKey].Cast(type, device) : _sites[linearKey];

    /// <summary>Says why these weights do not fit a decoder.</summary>
    /// <returns>What of them is not as this base needs it, to follow "made for another base"; null where all fits.</returns>
    internal string? MisfitTo(DecoderConfig config)
    {
        if (_sites.Keys.Except(config.LinearKeys).FirstOrDefault() is { } extra) return $"this one has no '{extra}'";
        foreach (var (key, linear) in config.LinearKeys.Zip(Enumerable.Range(0, config.Layers).SelectMany(_ => config.Linears)))
        {
            if (!_sites.TryGetValue(key, out var site)) return $"it has nothing for '{key}'";
            if ((MisfitOf(key + ".lora_A", site.A, Rank, linear.In) ?? MisfitOf(key + ".lora_B", site.B, linear.Out, Rank) ?? MisfitOf(key + ".lora_route", site.Route, Experts, linear.In)) is { } misfit)
                return misfit;
        }

        return null;
    }

    /// <summary>Says what shape a tensor has instead of the one that a base needs; null where it has it.</summary>
    internal static string? MisfitOf(string key, Tensor tensor, params ReadOnlySpan<long> needed) => needed.SequenceEqual(tensor.shape)
        ? null
        : $"'{key}' has the shape [{string.Join(", ", tensor.shape)}], but this base needs [{string.Join(", ", needed.ToArray())}]";

    /// <summary>The same weights in another element type, and on another device where one is named; gradients flow back to these. The caller disposes the result.</summary>
    public HLoraWeights Cast(ScalarType type, Device? device = null) =>
        new(_sites.ToDictionary(site => site.Key, site => site.Value.Cast(type, device), StringComparer.Ordinal), Alpha);

    /// <summary>
    /// The same weights in another element type, and on another device where one is named, each linear's cast when it is asked for, so that its gradients come back as soon as the backward pass is through with the linear. The casts belong to the dispose scope
    /// they are made in, all else stays with these.
    /// </summary>
    public HLoraWeights CastAtUse(ScalarType type, Device? device = null) => new(_sites, Alpha, (type, device));

    /// <summary>An independent copy without gradients.</summary>
    public HLoraWeights Clone() => Map(tensor =>
    {
        using var plain = tensor.detach();
        return Own(plain.clone());
    });

    private HLoraWeights Map(Func<Tensor, Tensor> change) => new(
        _sites.ToDictionary(site => site.Key, site => new HLoraSite(change(site.Value.A), change(site.Value.B), change(site.Value.Route)), StringComparer.Ordinal), Alpha);

    internal static string Key(string site, string part) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{site}.{part}.weight");

    private static Tensor Uniform(Generator generator, long rows, long columns)
    {
        using var unit = rand([rows, columns], ScalarType.Float32, generator: generator);
        using Scalar two = 2, one = 1, bound = Math.Sqrt(columns);
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
        IsDisposed = true;
        foreach (var (_, tensor) in NamedTensors()) tensor.Dispose();
    }
}

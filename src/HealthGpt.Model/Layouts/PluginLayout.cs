using HealthGpt.Model.Adapters;
using HealthGpt.Model.Decoder;
using HealthGpt.Model.HLora;

namespace HealthGpt.Model.Layouts;

/// <summary>The tensors of a plugin: H-LoRA of every linear of the decoder, and an adapter.</summary>
internal static class PluginLayout
{
    // The names of the linears by family; the sizes of these configurations mean nothing.
    private static readonly IReadOnlyList<IReadOnlyList<string>> Families =
    [
        .. Enum.GetValues<DecoderFamily>().Select(family => new DecoderConfig { Family = family, Hidden = 1, Layers = 1, Heads = 1, KeyValueHeads = 1, FeedForward = 1, VocabularyRows = 1 })
            .Select(config => config.Linears.Select(linear => linear.Name).ToList()),
    ];

    /// <summary>The tensors of a plugin of a size.</summary>
    /// <param name="config">The decoder it goes with.</param>
    /// <param name="visionWidth">Width of the vision features.</param>
    /// <param name="rank">R.</param>
    /// <param name="experts">E.</param>
    public static PartLayout Of(DecoderConfig config, int visionWidth, int rank, int experts) =>
        Of(config.Layers, config.Linears, config.Hidden, visionWidth, rank, experts);

    /// <summary>
    /// The tensors of a plugin of a size whose base is not at hand: its adapter and most of its layers say the widths, and all layers must be alike.
    /// </summary>
    /// <param name="shapes">The shapes of the tensors it has, by key.</param>
    /// <param name="rank">R.</param>
    /// <param name="experts">E.</param>
    /// <returns>Null where it has no H-LoRA of an implemented decoder's first layer, or no adapter.</returns>
    internal static PartLayout? OfItself(IReadOnlyDictionary<string, long[]> shapes, int rank, int experts)
    {
        var (hidden, visionWidth) = (SizeOf(shapes, AdapterWeights.Prefix + "2.weight", 0), SizeOf(shapes, AdapterWeights.Prefix + "0.weight", 1));
        // The families share some names: the one of which most is there.
        if (Families.MaxBy(linears => LinearsIn(shapes, 0, linears)) is not { } names || LinearsIn(shapes, 0, names) == 0 || hidden == 0 || visionWidth == 0) return null;
        // Up to the last layer of which most tensors are there: a later tensor counts as one too many, a layer that lacks before it as missing.
        var layers = Enumerable.Range(0, DecoderConfig.MostLayers).LastOrDefault(layer => LinearsIn(shapes, layer, names) * 2 > names.Count) + 1;
        var linears = names.Select(name => name is "self_attn.o_proj" or "mlp.down_proj"
            ? new DecoderLinear(name, UsualSize(shapes, layers, name, HLoraWeights.DownPart, 1), hidden, false)
            : new DecoderLinear(name, hidden, UsualSize(shapes, layers, name, HLoraWeights.UpPart, 0), false)).ToList();
        return Of(layers, linears, hidden, visionWidth, rank, experts);
    }

    private static string Key(int layer, string linear, string part) => HLoraWeights.Key(DecoderConfig.LinearKey(layer, linear), part);

    private static int SizeOf(IReadOnlyDictionary<string, long[]> shapes, string key, int dimension) =>
        shapes.TryGetValue(key, out var shape) && shape.Length == 2 ? int.CreateSaturating(shape[dimension]) : 0;

    private static int LinearsIn(IReadOnlyDictionary<string, long[]> shapes, int layer, IEnumerable<string> linears) =>
        linears.Count(linear => shapes.ContainsKey(Key(layer, linear, HLoraWeights.DownPart)));

    // The size that most layers have: a damaged layer is then the one that is blamed.
    private static int UsualSize(IReadOnlyDictionary<string, long[]> shapes, int layers, string linear, string part, int dimension) =>
        Enumerable.Range(0, layers).Select(layer => SizeOf(shapes, Key(layer, linear, part), dimension)).Where(size => size > 0)
            .CountBy(size => size).OrderByDescending(size => size.Value).FirstOrDefault().Key;

    private static PartLayout Of(int layers, IReadOnlyList<DecoderLinear> linears, int hidden, int visionWidth, int rank, int experts)
    {
        var tensors = new List<ExpectedTensor>();
        for (var layer = 0; layer < layers; layer++)
        {
            foreach (var linear in linears)
            {
                tensors.Add(new(Key(layer, linear.Name, HLoraWeights.DownPart), rank, linear.In));
                tensors.Add(new(Key(layer, linear.Name, HLoraWeights.UpPart), linear.Out, rank));
                tensors.Add(new(Key(layer, linear.Name, HLoraWeights.RoutePart), experts, linear.In));
            }
        }

        tensors.Add(new(AdapterWeights.Prefix + "0.weight", hidden, visionWidth));
        tensors.Add(new(AdapterWeights.Prefix + "0.bias", hidden));
        tensors.Add(new(AdapterWeights.Prefix + "2.weight", hidden, hidden));
        tensors.Add(new(AdapterWeights.Prefix + "2.bias", hidden));
        return new PartLayout($"an H-LoRA of {layers} layers, rank {rank} and {experts} experts, and an adapter", tensors, _ => false);
    }
}

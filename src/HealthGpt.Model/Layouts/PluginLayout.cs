using HealthGpt.Model.Adapters;
using HealthGpt.Model.Decoder;
using HealthGpt.Model.HLora;

namespace HealthGpt.Model.Layouts;

/// <summary>The tensors of a plugin: H-LoRA of every linear of the decoder, and an adapter.</summary>
public static class PluginLayout
{
    // What the linears of each family are called; their sizes are another matter.
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
        int Size(string key, int dimension) => shapes.TryGetValue(key, out var shape) && shape.Length == 2 ? int.CreateSaturating(shape[dimension]) : 0;
        // What most layers have: one that is damaged is then the one that is blamed.
        int Usual(int layers, string linear, string part, int dimension) =>
            Enumerable.Range(0, layers).Select(layer => Size(Key(layer, linear, part), dimension)).Where(size => size > 0).CountBy(size => size).OrderByDescending(size => size.Value).FirstOrDefault().Key;
        string Key(int layer, string linear, string part) => HLoraWeights.Key(DecoderConfig.LinearKey(layer, linear), part);
        int Held(int layer, IEnumerable<string> linears) => linears.Count(linear => shapes.ContainsKey(Key(layer, linear, HLoraWeights.DownPart)));
        var (hidden, visionWidth) = (Size(AdapterWeights.Prefix + "2.weight", 0), Size(AdapterWeights.Prefix + "0.weight", 1));
        // Families share some names.
        if (Families.MaxBy(linears => Held(0, linears)) is not { } names || Held(0, names) == 0 || hidden == 0 || visionWidth == 0) return null;
        // To the last of which most is there: a tensor beyond is one too many, and a layer that is missing between is told as missing.
        var layers = Enumerable.Range(0, DecoderConfig.MostLayers).LastOrDefault(layer => Held(layer, names) * 2 > names.Count) + 1;
        var linears = names.Select(name => name is "self_attn.o_proj" or "mlp.down_proj"
            ? new DecoderLinear(name, Usual(layers, name, HLoraWeights.DownPart, 1), hidden, false)
            : new DecoderLinear(name, hidden, Usual(layers, name, HLoraWeights.UpPart, 0), false)).ToList();
        return Of(layers, linears, hidden, visionWidth, rank, experts);
    }

    private static PartLayout Of(int layers, IReadOnlyList<DecoderLinear> linears, int hidden, int visionWidth, int rank, int experts)
    {
        var tensors = new List<ExpectedTensor>();
        for (var layer = 0; layer < layers; layer++)
        {
            foreach (var linear in linears)
            {
                var site = DecoderConfig.LinearKey(layer, linear.Name);
                tensors.Add(new(HLoraWeights.Key(site, HLoraWeights.DownPart), rank, linear.In));
                tensors.Add(new(HLoraWeights.Key(site, HLoraWeights.UpPart), linear.Out, rank));
                tensors.Add(new(HLoraWeights.Key(site, HLoraWeights.RoutePart), experts, linear.In));
            }
        }

        tensors.Add(new(AdapterWeights.Prefix + "0.weight", hidden, visionWidth));
        tensors.Add(new(AdapterWeights.Prefix + "0.bias", hidden));
        tensors.Add(new(AdapterWeights.Prefix + "2.weight", hidden, hidden));
        tensors.Add(new(AdapterWeights.Prefix + "2.bias", hidden));
        return new PartLayout($"an H-LoRA of {layers} layers, rank {rank} and {experts} experts, and an adapter", tensors, _ => false);
    }
}

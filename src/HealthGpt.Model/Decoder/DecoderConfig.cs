using System.Globalization;
using HealthGpt.Model.Folders;
using HealthGpt.Model.Weights;
using static TorchSharp.torch;

namespace HealthGpt.Model.Decoder;

/// <summary>Sizes and constants of a decoder, from the base model's own config.json.</summary>
public sealed record DecoderConfig
{
    // Far above any published model of these families, and far below what would take all memory or overflow a size.
    internal const int MostLayers = 1024;
    private const int MostHeads = 1024;
    private const int MostWidth = 1 << 18;
    private const int MostRows = 1 << 24;
    private const int MostPositions = 1 << 20;

    /// <summary>The architecture.</summary>
    public required DecoderFamily Family { get; init; }

    /// <summary>H: width of the residual stream.</summary>
    public required int Hidden { get; init; }

    /// <summary>Number of blocks.</summary>
    public required int Layers { get; init; }

    /// <summary>N: attention heads.</summary>
    public required int Heads { get; init; }

    /// <summary>Key and value heads; divides <see cref="Heads"/>.</summary>
    public required int KeyValueHeads { get; init; }

    /// <summary>Width of the feed-forward layer.</summary>
    public required int FeedForward { get; init; }

    /// <summary>Rows of the base's embedding.</summary>
    public required int VocabularyRows { get; init; }

    /// <summary>Base of the rotary embedding.</summary>
    public double RopeTheta { get; init; } = 10000;

    /// <summary>Epsilon of RMSNorm.</summary>
    public double NormEpsilon { get; init; } = 1e-5;

    /// <summary>How many positions a token sees, itself included; null for all.</summary>
    public int? SlidingWindow { get; init; }

    /// <summary>The longest sequence.</summary>
    public int MaxPositions { get; init; } = 4096;

    /// <summary>D: width of one head.</summary>
    public int HeadWidth => Hidden / Heads;

    /// <summary>The linears of one block, in the order of the forward pass.</summary>
    public IReadOnlyList<DecoderLinear> Linears => Family == DecoderFamily.Phi3
        ?
        [
            new("self_attn.qkv_proj", Hidden, (Heads + 2 * KeyValueHeads) * HeadWidth, false), new("self_attn.o_proj", Heads * HeadWidth, Hidden, false),
            new("mlp.gate_up_proj", Hidden, 2 * FeedForward, false), new("mlp.down_proj", FeedForward, Hidden, false),
        ]
        :
        [
            new("self_attn.q_proj", Hidden, Heads * HeadWidth, true), new("self_attn.k_proj", Hidden, KeyValueHeads * HeadWidth, true),
            new("self_attn.v_proj", Hidden, KeyValueHeads * HeadWidth, true), new("self_attn.o_proj", Heads * HeadWidth, Hidden, false),
            new("mlp.gate_proj", Hidden, FeedForward, false), new("mlp.up_proj", Hidden, FeedForward, false), new("mlp.down_proj", FeedForward, Hidden, false),
        ];

    /// <summary>The key of a linear in weight files, without the leading <c>model.</c> and the trailing <c>.weight</c>.</summary>
    public static string LinearKey(int layer, string linear) => string.Create(CultureInfo.InvariantCulture, $"layers.{layer}.{linear}");

    /// <summary>Keys of all linears, by layer and in each in the order of the forward pass.</summary>
    internal IEnumerable<string> LinearKeys => Enumerable.Range(0, Layers).SelectMany(layer => Linears.Select(linear => LinearKey(layer, linear.Name)));

    /// <summary>Reads a Hugging Face config.json.</summary>
    /// <exception cref="WeightFileException">A field is missing or its value is not implemented; the message names both.</exception>
    public static DecoderConfig Load(string path)
    {
        using var fields = ConfigFields.Open(path);
        return Read(fields, path);
    }

    /// <summary>Writes the config.json that <see cref="Load"/> and transformers read.</summary>
    /// <param name="path">The file.</param>
    /// <param name="type">The element type that the weights beside it have.</param>
    public void Save(string path, ScalarType type) => File.WriteAllText(path, string.Create(CultureInfo.InvariantCulture, $$"""
        {
          "architectures": ["{{(Family == DecoderFamily.Phi3 ? "Phi3ForCausalLM" : "Qwen2ForCausalLM")}}"],
          "hidden_act": "silu",
          "hidden_size": {{Hidden}},
          "intermediate_size": {{FeedForward}},
          "max_position_embeddings": {{MaxPositions}},{{(Family == DecoderFamily.Qwen2 ? WindowSwitch : "")}}
          "model_type": "{{(Family == DecoderFamily.Phi3 ? "phi3" : "qwen2")}}",
          "num_attention_heads": {{Heads}},
          "num_hidden_layers": {{Layers}},
          "num_key_value_heads": {{KeyValueHeads}},
          "rms_norm_eps": {{NormEpsilon:0.###e-00}},
          "rope_scaling": null,
          "rope_theta": {{RopeTheta}},
          "sliding_window": {{SlidingWindow?.ToString(CultureInfo.InvariantCulture) ?? "null"}},
          "tie_word_embeddings": false,
          "torch_dtype": "{{type.ToString().ToLowerInvariant()}}",
          "vocab_size": {{VocabularyRows}}
        }

        """));

    // Without these Qwen2's window is off, and transformers would look for its first layer at the 28th.
    private string WindowSwitch => string.Create(CultureInfo.InvariantCulture, $"""

          "max_window_layers": {(SlidingWindow is null ? Layers : 0)},
          "use_sliding_window": {(SlidingWindow is null ? "false" : "true")},
        """);

    private static DecoderConfig Read(ConfigFields fields, string path)
    {
        var family = fields.Text("model_type") switch
        {
            "phi3" => DecoderFamily.Phi3,
            "qwen2" => DecoderFamily.Qwen2,
            var other => throw new WeightFileException(path, $"has model_type = {other}, which is not implemented (implemented: phi3, qwen2)"),
        };
        RefuseOthers(fields);
        var defaults = FamilyDefaults.Of(family);
        var heads = fields.Count("num_attention_heads", MostHeads);
        var layers = fields.Count("num_hidden_layers", MostLayers);
        var config = new DecoderConfig
        {
            Family = family,
            Hidden = fields.Count("hidden_size", MostWidth),
            Layers = layers,
            Heads = heads,
            KeyValueHeads = fields.IsNull("num_key_value_heads") ? heads : fields.Count("num_key_value_heads", MostHeads, defaults.KeyValueHeads ?? heads),
            FeedForward = fields.Count("intermediate_size", MostWidth),
            VocabularyRows = fields.Count("vocab_size", MostRows),
            RopeTheta = RopeThetaField.Read(fields, defaults.RopeTheta),
            NormEpsilon = fields.Number("rms_norm_eps", defaults.NormEpsilon, 0, 1),
            SlidingWindow = SlidingWindowField.Read(fields, defaults, layers),
            MaxPositions = fields.Count("max_position_embeddings", MostPositions, defaults.MaxPositions),
        };
        config.RequireHeads(fields, path);
        return config;
    }

    // Each would change what every layer computes; a model that runs without it answers nonsense and says nothing.
    private static void RefuseOthers(ConfigFields fields)
    {
        fields.RefuseUnless("hidden_act", "silu");
        fields.RefuseUnless("partial_rotary_factor", "1", "1.0");
        fields.RefuseUnless("tie_word_embeddings", "False");
        fields.RefuseUnless("attention_bias", "False");
        fields.RefuseUnless("mlp_bias", "False");
        fields.RefuseUnless("quantization_config");
    }

    private void RequireHeads(ConfigFields fields, string path)
    {
        if (Hidden % (2 * Heads) != 0 || Heads % KeyValueHeads != 0)
            throw new WeightFileException(path, $"has hidden_size = {Hidden}, num_attention_heads = {Heads} and num_key_value_heads = {KeyValueHeads}, which do not divide into heads of even width");
        if (fields.Has("head_dim") && fields.Count("head_dim", MostWidth) != HeadWidth)
            throw fields.Refusal("head_dim", $"hidden_size / num_attention_heads = {HeadWidth}");
    }
}

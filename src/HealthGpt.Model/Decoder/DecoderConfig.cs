using System.Globalization;
using System.Text.Json;
using HealthGpt.Model.Weights;

namespace HealthGpt.Model.Decoder;

/// <summary>Sizes and constants of a decoder, from the base model's own config.json.</summary>
public sealed record DecoderConfig
{
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

    /// <summary>Reads a Hugging Face config.json.</summary>
    /// <exception cref="WeightFileException">A field is missing or its value is not implemented; the message names it.</exception>
    public static DecoderConfig Load(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            return Read(document.RootElement, path);
        }
        catch (Exception error) when (error is IOException or JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new WeightFileException(path, $"is no decoder configuration: {error.Message}", error);
        }
    }

    private static DecoderConfig Read(JsonElement root, string path)
    {
        var family = root.GetProperty("model_type").GetString() switch
        {
            "phi3" => DecoderFamily.Phi3,
            "qwen2" => DecoderFamily.Qwen2,
            var other => throw new WeightFileException(path, $"has model_type '{other}'; phi3 and qwen2 are implemented"),
        };
        RefuseUnlessDefault(root, path, "hidden_act", "silu");
        RefuseUnlessDefault(root, path, "rope_scaling", null);
        RefuseUnlessDefault(root, path, "tie_word_embeddings", "False");

        var heads = root.GetProperty("num_attention_heads").GetInt32();
        var windowed = family == DecoderFamily.Phi3 || (root.TryGetProperty("use_sliding_window", out var use) && use.GetBoolean());
        var config = new DecoderConfig
        {
            Family = family,
            Hidden = root.GetProperty("hidden_size").GetInt32(),
            Layers = root.GetProperty("num_hidden_layers").GetInt32(),
            Heads = heads,
            KeyValueHeads = root.TryGetProperty("num_key_value_heads", out var kv) ? kv.GetInt32() : heads,
            FeedForward = root.GetProperty("intermediate_size").GetInt32(),
            VocabularyRows = root.GetProperty("vocab_size").GetInt32(),
            RopeTheta = root.TryGetProperty("rope_theta", out var theta) ? theta.GetDouble() : 10000,
            NormEpsilon = root.TryGetProperty("rms_norm_eps", out var epsilon) ? epsilon.GetDouble() : 1e-5,
            SlidingWindow = windowed && root.TryGetProperty("sliding_window", out var window) && window.ValueKind == JsonValueKind.Number ? window.GetInt32() : null,
            MaxPositions = root.TryGetProperty("max_position_embeddings", out var positions) ? positions.GetInt32() : 4096,
        };
        config.Check(path);
        return config;
    }

    private void Check(string path)
    {
        if (Hidden < 1 || Layers < 1 || Heads < 1 || KeyValueHeads < 1 || FeedForward < 1 || VocabularyRows < 1)
            throw new WeightFileException(path, "has a size that is not positive");
        if (Hidden % (2 * Heads) != 0 || Heads % KeyValueHeads != 0)
            throw new WeightFileException(path, $"has hidden_size {Hidden}, {Heads} heads and {KeyValueHeads} key-value heads, which do not divide into heads of even width");
    }

    private static void RefuseUnlessDefault(JsonElement root, string path, string field, string? implemented)
    {
        if (!root.TryGetProperty(field, out var value) || value.ValueKind == JsonValueKind.Null) return;
        if (value.ToString() == implemented) return;
        throw new WeightFileException(path, $"has {field} = {value}, which is not implemented (implemented: {implemented ?? "null"})");
    }
}

using System.Text.Json.Nodes;
using HealthGpt.Model.Decoder;
using HealthGpt.Model.Weights;

namespace HealthGpt.Model.Tests.Decoder;

public sealed class DecoderConfigTests
{
    [Theory]
    [InlineData("rope_scaling", """{"type":"longrope","long_factor":[1.5]}""", "rope_scaling.type = \"longrope\"")]
    [InlineData("rope_parameters", """{"rope_type":"yarn"}""", "rope_parameters.rope_type = \"yarn\"")]
    [InlineData("rope_parameters", """{"rope_type":"default","factor":2}""", "rope_parameters.factor = 2")]
    [InlineData("rope_parameters", """{"rope_type":"default","partial_rotary_factor":0.5}""", "rope_parameters.partial_rotary_factor = 0.5")]
    [InlineData("rope_parameters", """{"rope_theta":10001}""", "rope_theta = 10000")]
    [InlineData("rope_parameters", """{"full_attention":{"rope_theta":10000}}""", "rope_parameters.full_attention = ")]
    [InlineData("layer_types", """["chunked_attention","chunked_attention"]""", "layer_types = ")]
    [InlineData("partial_rotary_factor", "0.75", "partial_rotary_factor = 0.75")]
    [InlineData("hidden_act", "\"gelu\"", "hidden_act = \"gelu\"")]
    [InlineData("tie_word_embeddings", "true", "tie_word_embeddings = true")]
    [InlineData("attention_bias", "true", "attention_bias = true")]
    [InlineData("quantization_config", """{"bits":4}""", "quantization_config = ")]
    [InlineData("model_type", "\"llama\"", "model_type = llama")]
    [InlineData("hidden_size", "1073741824", "hidden_size = 1073741824")]
    [InlineData("hidden_size", "65", "hidden_size = 65")]
    [InlineData("hidden_size", "\"64\"", "hidden_size = \"64\"")]
    [InlineData("num_hidden_layers", "1000000000", "num_hidden_layers = 1000000000")]
    [InlineData("num_hidden_layers", "0", "num_hidden_layers = 0")]
    [InlineData("intermediate_size", "99999999999", "intermediate_size = 99999999999")]
    [InlineData("vocab_size", "-1", "vocab_size = -1")]
    [InlineData("max_position_embeddings", "2147483647", "max_position_embeddings = 2147483647")]
    [InlineData("num_attention_heads", "2.5", "num_attention_heads = 2.5")]
    [InlineData("num_key_value_heads", "3", "num_key_value_heads = 3")]
    [InlineData("sliding_window", "0", "sliding_window = 0")]
    [InlineData("head_dim", "128", "head_dim = 128")]
    [InlineData("rms_norm_eps", "-1", "rms_norm_eps = -1")]
    [InlineData("rope_theta", "0", "rope_theta = 0")]
    public void What_is_not_implemented_is_refused_by_name_and_value(string field, string value, string expected)
    {
        var message = Assert.Throws<WeightFileException>(() => Load("phi3", config => config[field] = JsonNode.Parse(value))).Message;

        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.Contains("config.json", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_size_is_named() =>
        Assert.Contains("has no hidden_size", Assert.Throws<WeightFileException>(() => Load("phi3", config => config.Remove("hidden_size"))).Message, StringComparison.Ordinal);

    [Fact]
    public void A_text_that_is_none_is_refused() => Assert.Contains(
        "half a surrogate pair", Assert.Throws<WeightFileException>(() => Load("phi3", text => text.Replace("\"silu\"", "\"\\ud800\"", StringComparison.Ordinal))).Message, StringComparison.Ordinal);

    [Fact]
    public void What_a_published_configuration_leaves_out_is_what_transformers_takes_for_it()
    {
        static void LeaveOut(JsonObject config)
        {
            foreach (var field in (string[])["rms_norm_eps", "max_position_embeddings", "rope_theta", "sliding_window", "max_window_layers", "num_key_value_heads"]) config.Remove(field);
        }

        var phi = Load("phi3", LeaveOut);
        var qwen = Load("qwen2", fields =>
        {
            LeaveOut(fields);
            (fields["use_sliding_window"], fields["num_attention_heads"], fields["hidden_size"]) = (true, 32, 64);
        });
        var windowed = Load("qwen2", fields =>
        {
            LeaveOut(fields);
            (fields["use_sliding_window"], fields["max_window_layers"], fields["num_key_value_heads"]) = (true, 0, null);
        });

        Assert.Equal((1e-5, 4096, 10000, null, phi.Heads), (phi.NormEpsilon, phi.MaxPositions, phi.RopeTheta, phi.SlidingWindow, phi.KeyValueHeads));
        Assert.Equal((1e-6, 32768, 10000, null, 32), (qwen.NormEpsilon, qwen.MaxPositions, qwen.RopeTheta, qwen.SlidingWindow, qwen.KeyValueHeads));
        Assert.Equal((4096, windowed.Heads), (windowed.SlidingWindow, windowed.KeyValueHeads));
        Assert.Contains("has rms_norm_eps = null", Assert.Throws<WeightFileException>(() => Load("phi3", config => config["rms_norm_eps"] = null)).Message, StringComparison.Ordinal);
    }

    [Theory, InlineData(false, 0, null), InlineData(true, 0, 16), InlineData(true, 3, null)]
    public void Qwen2_has_its_window_where_it_is_switched_on(bool use, int from, int? expected)
    {
        var config = Load("qwen2", fields => (fields["use_sliding_window"], fields["sliding_window"], fields["max_window_layers"]) = (use, 16, from));

        Assert.Equal(expected, config.SlidingWindow);
    }

    [Theory, InlineData("phi3"), InlineData("qwen2")]
    public void The_rotary_base_is_read_from_where_newer_configurations_have_it(string family)
    {
        var config = Load(family, fields =>
        {
            fields.Remove("rope_theta");
            fields.Remove("rope_scaling");
            fields["rope_parameters"] = JsonNode.Parse("""{"rope_theta":1000000.0,"rope_type":"default","partial_rotary_factor":1.0}""");
        });
        var older = Load(family, fields => (fields["rope_theta"], fields["rope_scaling"]) = (500000, JsonNode.Parse("""{"type":"default"}""")));

        Assert.Equal((1e6, 5e5), (config.RopeTheta, older.RopeTheta));
    }

    [Theory, InlineData(false, "full", null), InlineData(true, "full", null), InlineData(true, "sliding", 16)]
    public void Layer_types_say_whether_Qwen2_has_its_window_whatever_max_window_layers_is(bool use, string kind, int? expected)
    {
        var config = Load("qwen2", fields =>
        {
            (fields["use_sliding_window"], fields["sliding_window"], fields["max_window_layers"]) = (use, 16, 1);
            fields["layer_types"] = Types(fields, kind);
        });

        Assert.Equal(expected, config.SlidingWindow);
    }

    [Theory]
    [InlineData("qwen2", false, "sliding", "'full_attention' for each")]
    [InlineData("qwen2", true, "mixed", "'full_attention' or 'sliding_attention' for each")]
    [InlineData("qwen2", true, "short", "for each of num_hidden_layers")]
    [InlineData("phi3", true, "full", "but 'sliding_attention' for each")]
    public void Layer_types_that_are_not_computed_are_refused(string family, bool use, string kind, string expected)
    {
        var message = Assert.Throws<WeightFileException>(() => Load(family, fields =>
        {
            (fields["use_sliding_window"], fields["sliding_window"]) = (use, 16);
            fields["layer_types"] = Types(fields, kind);
        })).Message;

        Assert.Contains("has layer_types = [", message, StringComparison.Ordinal);
        Assert.Contains(expected, message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_written_is_read_back_equal()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "config.json");
        foreach (var config in RandomDecoder.Configurations.SelectMany(config => (DecoderConfig[])[config with { SlidingWindow = null }, config with { SlidingWindow = 16 }]))
        {
            config.Save(path, TorchSharp.torch.ScalarType.BFloat16);

            Assert.Equal(config, DecoderConfig.Load(path));
            var fields = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
            Assert.Equal(config.SlidingWindow, (int?)fields["sliding_window"]);
            if (config.Family == DecoderFamily.Qwen2)
                Assert.Equal((config.SlidingWindow is not null, config.SlidingWindow is null ? config.Layers : 0), ((bool)fields["use_sliding_window"]!, (int)fields["max_window_layers"]!));
        }
    }

    [Fact]
    public void A_window_of_some_layers_is_refused() => Assert.Contains("max_window_layers = 1", Assert.Throws<WeightFileException>(
        () => Load("qwen2", fields => (fields["use_sliding_window"], fields["sliding_window"], fields["max_window_layers"]) = (true, 16, 1))).Message, StringComparison.Ordinal);

    private static JsonArray Types(JsonObject fields, string kind)
    {
        string Of(int layer) => kind switch { "mixed" => layer == 0 ? "full" : "sliding", "short" => "full", _ => kind };
        var layers = (int)fields["num_hidden_layers"]! - (kind == "short" ? 1 : 0);
        return new JsonArray([.. Enumerable.Range(0, layers).Select(layer => (JsonNode)$"{Of(layer)}_attention")]);
    }

    private static DecoderConfig Load(string family, Action<JsonObject> change) => Load(family, text =>
    {
        var config = JsonNode.Parse(text)!.AsObject();
        change(config);
        return config.ToJsonString();
    });

    private static DecoderConfig Load(string family, Func<string, string> change)
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            var path = Path.Combine(folder.FullName, "config.json");
            File.WriteAllText(path, change(File.ReadAllText(Path.Combine(Reference.Own, family, "base", "config.json"))));
            return DecoderConfig.Load(path);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}

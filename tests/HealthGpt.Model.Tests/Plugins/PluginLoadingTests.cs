using HealthGpt.Model.HLora;
using HealthGpt.Model.Tests.Decoder;
using HealthGpt.Model.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Model.Tests.Plugins;

public sealed class PluginLoadingTests
{
    private const string Weights = "plugins/vqa/plugin.safetensors", Card = "plugins/vqa/plugin.json";

    [Fact]
    public void A_card_that_does_not_fit_its_tensors_is_refused_with_both_values()
    {
        using var nano = new SyntheticNano();
        using var model = HealthGptModel.Load(nano.Folder, ScalarType.Float32, cancellationToken: TestContext.Current.CancellationToken);
        var original = File.ReadAllText(nano.At(Card));
        void Refuses(string field, string other, params string[] words)
        {
            Assert.Contains(field, original, StringComparison.Ordinal);
            File.WriteAllText(nano.At(Card), original.Replace(field, other, StringComparison.Ordinal));
            RequireRefusal(model, nano, words);
        }

        Refuses("\"rank\": 16", "\"rank\": 8", "lora_A.weight': expected shape [8, 256], by an H-LoRA of 6 layers, rank 8 and 4 experts", "found shape [16, 256]");
        Refuses("\"experts\": 4", "\"experts\": 2", "lora_route.weight': expected shape [2, 256]", "found shape [4, 256]");
        Refuses("\"experts\": 4", "\"experts\": 0", "plugin.json", "has rank 16 and 0 experts");
        Refuses("\"experts\": 4", "\"experts\": 3", "has rank 16 and 3 experts");
        Refuses("\"alpha\": 32", "\"alpha\": 0", "has alpha 0, but an alpha above 0 is needed");
        Refuses("\"alpha\": 32", "\"alpha\": 1e999", "plugin.json");
        Refuses("\"comprehension\"", "7", "plugin.json", "kind");
        Refuses("\"comprehension\"", "\"drawing\"", "plugin.json", "kind");
    }

    [Fact]
    public void Misshapen_missing_extra_and_whole_numbered_tensors_are_refused()
    {
        using var nano = new SyntheticNano();
        using var model = HealthGptModel.Load(nano.Folder, ScalarType.Float32, cancellationToken: TestContext.Current.CancellationToken);
        var original = File.ReadAllBytes(nano.At(Weights));
        void Refuses(Action<Dictionary<string, Tensor>> change, params string[] words)
        {
            File.WriteAllBytes(nano.At(Weights), original);
            nano.Rewrite(Weights, change);
            RequireRefusal(model, nano, words);
        }

        Refuses(tensors => tensors[Route(tensors)] = zeros(0, 256), "lora_route.weight': expected shape [4, 256]", "found shape [0, 256]");
        Refuses(tensors => tensors.Remove(Route(tensors)), "lora_route.weight': expected shape [4, 256]", "found no such tensor");
        Refuses(tensors => tensors[Route(tensors)] = tensors[Route(tensors)].to(ScalarType.Int16), "expected float32, float16 or bfloat16 elements; found Int16 elements");
        Refuses(tensors => tensors.Add("more", zeros(2)), "tensor 'more': expected no such tensor", "found shape [2]");
    }

    [Theory, InlineData(0, "lora_route.weight' has the shape [0, 64], but a matrix of at least one row is needed"), InlineData(3, "has 3 rows, one for each expert, but")]
    public void Experts_that_do_not_divide_the_rank_are_refused(int experts, string expected)
    {
        using var scope = NewDisposeScope();
        var config = RandomDecoder.Configurations[0];
        using var weights = HLoraWeights.Create(config, rank: 16, alpha: 32, experts: 4, seed: 1);
        var tensors = weights.NamedTensors().ToDictionary(item => item.Key, item => item.Key.Contains("lora_route", StringComparison.Ordinal) ? zeros(experts, item.Value.shape[1]) : item.Value);

        var error = Assert.Throws<WeightFileException>(() => HLoraWeights.FromTensors(new WeightSet(tensors, "plugin.safetensors"), config));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Equal("plugin.safetensors", error.File);
    }

    private static string Route(Dictionary<string, Tensor> tensors) => tensors.Keys.First(key => key.Contains("layers.0.self_attn.qkv_proj.lora_route", StringComparison.Ordinal));

    private static void RequireRefusal(HealthGptModel model, SyntheticNano nano, string[] words)
    {
        var error = Assert.Throws<WeightFileException>(() => model.LoadPluginFolder(nano.At("plugins", "vqa")));
        Assert.StartsWith(nano.At("plugins", "vqa"), error.Message, StringComparison.Ordinal);
        foreach (var word in words) Assert.Contains(word, error.Message, StringComparison.Ordinal);
    }
}

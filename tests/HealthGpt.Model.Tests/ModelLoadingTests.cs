using HealthGpt.Model.Decoder;
using HealthGpt.Model.Folders;
using HealthGpt.Model.ImageTokens;
using HealthGpt.Model.Vocabulary;
using HealthGpt.Model.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Model.Tests;

public sealed class ModelLoadingTests
{
    private const string Tower = "vision_tower/model.safetensors", Images = "image_tokenizer/model.safetensors", Base = "base/model.safetensors";

    public static TheoryData<string, string, string[]> Changed => new()
    {
        { Tower, "vision_model.encoder.layers.0.mlp.fc1.bias narrow", ["expected shape [", "by a vision tower of"] },
        { Tower, "vision_model.pre_layrnorm.weight int", ["expected float32, float16 or bfloat16 elements; found Int16 elements"] },
        { Images, "decoder.conv_out.weight remove", ["expected shape [3, ", "by an image tokenizer of", "found no such tensor"] },
        { Base, "model.layers.2.self_attn.o_proj.weight int", ["found Int16 elements"] },
        { Base, "model.embed_tokens.weight narrow", ["by a decoder of 6 layers"] },
        { "fusion.safetensors", "base_model.model.lm_head.weight int", ["found Int16 elements"] },
    };

    [Theory, MemberData(nameof(Changed))]
    public void A_part_whose_tensors_are_not_its_configurations_is_refused_by_file_and_key(string file, string change, string[] words)
    {
        using var nano = new SyntheticNano();
        var (key, how) = (change.Split(' ')[0], change.Split(' ')[1]);
        nano.Rewrite(file, tensors =>
        {
            if (how == "remove") tensors.Remove(key);
            else tensors[key] = how == "int" ? tensors[key].to(ScalarType.Int16) : tensors[key].narrow(0, 0, 2).contiguous();
        });
        Rehash(nano);

        var error = Assert.Throws<WeightFileException>(() => HealthGptModel.Load(nano.Folder, ScalarType.Float32, cancellationToken: TestContext.Current.CancellationToken));

        Assert.StartsWith(nano.At(file.Split('/')[0]), error.Message, StringComparison.Ordinal);
        Assert.Contains($"tensor '{key}'", error.Message, StringComparison.Ordinal);
        foreach (var word in words) Assert.Contains(word, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("base/model.safetensors")]
    [InlineData("base/config.json")]
    [InlineData("vision_tower/model.safetensors")]
    [InlineData("vision_tower/preprocessor_config.json")]
    [InlineData("image_tokenizer/model.safetensors")]
    [InlineData("fusion.safetensors")]
    [InlineData("plugins/vqa/plugin.safetensors")]
    [InlineData("plugins/vqa/plugin.json")]
    public void A_file_that_is_missing_is_named_as_missing_and_not_as_a_changed_hash(string file)
    {
        using var nano = new SyntheticNano();
        File.Delete(nano.At(file));

        var error = Assert.Throws<WeightFileException>(() =>
        {
            using var model = HealthGptModel.Load(nano.Folder, ScalarType.Float32, cancellationToken: TestContext.Current.CancellationToken);
            using var plugin = model.LoadPlugin("vqa", cancellationToken: TestContext.Current.CancellationToken);
        });

        Assert.Equal((nano.At(file), nano.Folder), (error.File, error.ModelFolder));
        Assert.Matches("does not exist|Could not find", error.Message);
        Assert.DoesNotContain("SHA-256", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Plugins_and_vocabularies_that_are_given_up_are_not_read_and_can_be_asked_for_again()
    {
        using var nano = new SyntheticNano();
        using var model = HealthGptModel.Load(nano.Folder, ScalarType.Float32, cancellationToken: TestContext.Current.CancellationToken);
        var givenUp = new CancellationToken(canceled: true);

        Assert.Throws<OperationCanceledException>(() => model.LoadPlugin("vqa", cancellationToken: givenUp));
        Assert.Throws<OperationCanceledException>(() => model.LoadPluginFolder(nano.At("plugins", "vqa"), cancellationToken: givenUp));
        foreach (var source in Enum.GetValues<VocabularySource>()) Assert.Throws<OperationCanceledException>(() => model.VocabularyOf(source, givenUp));

        using var plugin = model.LoadPlugin("vqa", cancellationToken: TestContext.Current.CancellationToken);
        Assert.NotNull(model.VocabularyOf(plugin, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Sizes_that_the_files_do_not_have_are_refused_before_memory_is_taken_for_them()
    {
        using var nano = new SyntheticNano();
        var config = DecoderConfig.Load(nano.At("base", "config.json")) with { Hidden = 16384, Heads = 1, KeyValueHeads = 1, MaxPositions = 1 << 20 };
        config.Save(nano.At("base", "config.json"), ScalarType.BFloat16);
        Rehash(nano);

        var error = Assert.Throws<WeightFileException>(() => HealthGptModel.Load(nano.Folder, ScalarType.Float32, cancellationToken: TestContext.Current.CancellationToken));

        // The rotary tables alone would be 128 GB.
        Assert.Contains("expected shape [264, 16384]", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_drawing_part_by_itself_is_held_to_its_configuration_too()
    {
        using var nano = new SyntheticNano();
        nano.Rewrite(Images, tensors => tensors.Remove("quant_conv.bias"));
        var config = ImageTokenizerConfig.Load(nano.At("image_tokenizer", "model.yaml"));

        Assert.Contains("quant_conv.bias", Assert.Throws<WeightFileException>(() => ImageTokenizer.Load(nano.At("image_tokenizer"), config, ScalarType.Float32, cancellationToken: TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);
    }

    private static void Rehash(SyntheticNano nano)
    {
        var manifest = ModelManifest.Load(nano.Folder);
        ModelPart Again(ModelPart part) => part with { Sha256 = PartHash.Of(nano.At(part.Path)) };
        (manifest with
        {
            Base = Again(manifest.Base),
            VisionTower = Again(manifest.VisionTower),
            ImageTokenizer = Again(manifest.ImageTokenizer),
            Fusion = Again(manifest.Fusion!),
        }).Save(nano.Folder);
    }
}

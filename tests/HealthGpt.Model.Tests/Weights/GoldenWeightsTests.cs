using HealthGpt.Model.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Model.Tests.Weights;

public sealed class GoldenWeightsTests
{
    public static TheoryData<string> All => [.. GoldenWeights.Files(Reference.Folder, ".safetensors", ".bin", ".ckpt")];

    // The copies are this project's own: other folders of the form have none.
    public static TheoryData<string, string> Pickled => new(
        from pickle in GoldenWeights.Files(Reference.Own, ".bin", ".ckpt")
        from copy in new[] { pickle.Replace("_hlora_weights.bin", "/plugin.safetensors"), pickle.Replace("fusion_layer_weights.bin", "fusion.safetensors"), pickle.Replace("vqgan.ckpt", "model.safetensors") }
        where copy != pickle && !pickle.Contains("legacy", StringComparison.Ordinal) && File.Exists(Path.Combine(Reference.Own, copy))
        select (pickle, copy));

    [Theory, MemberData(nameof(All))]
    public void Every_released_form_opens_by_content_and_reads_whole(string path)
    {
        using var scope = NewDisposeScope();
        using var file = WeightFile.Open(Path.Combine(Reference.Folder, path));

        Assert.Equal(KindOf(path), file.Kind);
        Assert.NotEmpty(file.Entries);
        foreach (var entry in file.Entries.Values)
        {
            var tensor = file.Read(entry.Name);
            Assert.Equal(entry.Shape, tensor.shape);
            Assert.Equal(entry.Type, tensor.dtype);
            if (tensor.is_floating_point()) Assert.True(tensor.isfinite().all().ToBoolean(), entry.Name);
        }
    }

    private static WeightFileKind KindOf(string path) =>
        path.EndsWith(".safetensors", StringComparison.Ordinal) ? WeightFileKind.Safetensors
        : Path.GetFileName(path).StartsWith("legacy_", StringComparison.Ordinal) ? WeightFileKind.PyTorchLegacy
        : WeightFileKind.PyTorchArchive;

    [Theory, MemberData(nameof(Pickled))]
    public void A_pickle_has_the_bits_of_its_safetensors_copy(string pickle, string copy)
    {
        using var scope = NewDisposeScope();
        using var found = WeightFile.Open(Path.Combine(Reference.Own, pickle));
        using var expected = WeightFile.Open(Path.Combine(Reference.Own, copy));

        Assert.Superset(expected.Entries.Keys.ToHashSet(), found.Entries.Keys.ToHashSet());
        foreach (var name in expected.Entries.Keys) Assert.True(expected.Read(name).equal(found.Read(name)).all().ToBoolean(), name);
    }

    [Fact]
    public void A_plugin_that_CPython_pickled_in_the_form_before_1_6_has_the_same_bits()
    {
        using var scope = NewDisposeScope();
        using var found = WeightFile.Open(Path.Combine(Reference.Own, "phi3", "legacy_hlora_weights.bin"));
        using var expected = WeightFile.Open(Path.Combine(Reference.Own, "phi3", "comprehension", "plugin.safetensors"));

        Assert.Equal(expected.Entries.Keys.ToHashSet(), found.Entries.Keys.ToHashSet());
        foreach (var name in expected.Entries.Keys) Assert.True(expected.Read(name).equal(found.Read(name)).all().ToBoolean(), name);
    }

    [Fact]
    public void The_image_tokenizers_checkpoint_loads_and_its_run_is_ignored()
    {
        using var file = WeightFile.Open(Path.Combine(Reference.Own, "vq", "vqgan.ckpt"));

        Assert.Equal(["epoch", "global_step"], file.IgnoredKeys.Order(StringComparer.Ordinal));
        Assert.Equal(158, file.Entries.Count);
        Assert.Equal(WeightContent.ImageTokenizer, WeightContents.Of(file.Entries.Keys));
    }

    [Theory]
    [InlineData("clip/model.safetensors", WeightContent.VisionTower)]
    [InlineData("phi3/base/model.safetensors", WeightContent.BaseLanguageModel)]
    [InlineData("phi4/base/model-00003-of-00007.safetensors", WeightContent.BaseLanguageModel)]
    [InlineData("phi4/fusion_layer_weights.bin", WeightContent.FusionWeights)]
    [InlineData("qwen2/comprehension_hlora_weights.bin", WeightContent.HLoraPlugin)]
    [InlineData("hlora/a.safetensors", WeightContent.Unknown)]
    public void A_file_is_recognised_by_its_keys(string path, WeightContent content)
    {
        using var file = WeightFile.Open(Path.Combine(Reference.Own, path));
        Assert.Equal(content, WeightContents.Of(file.Entries.Keys));
    }
}

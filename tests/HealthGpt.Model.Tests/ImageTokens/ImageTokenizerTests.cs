using HealthGpt.Model.ImageTokens;
using HealthGpt.Model.Weights;
using static TorchSharp.torch;

namespace HealthGpt.Model.Tests.ImageTokens;

public sealed class ImageTokenizerTests
{
    public static TheoryData<string, string> Tokenizers => TestDevices.Each(Reference.Parts("model.yaml"));

    [Theory, MemberData(nameof(Tokenizers))]
    public void Images_become_the_references_indices_and_indices_its_images(string folder, string device)
    {
        var place = TestDevices.Open(device);
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var weights = Reference.LoadEither($"{folder}/model.safetensors", $"{folder}/vqgan.ckpt", place);
        using var tokenizer = new ImageTokenizer(ImageTokenizerConfig.Load(Path.Combine(Reference.Folder, folder, "model.yaml")), weights);
        using var expected = Reference.Load(place, folder, "expected.safetensors");
        var indices = expected.Get("indices");

        Reference.Near(expected.Get("prequant"), tokenizer.PreQuantise(expected.Get("image")), name: "prequant");
        Reference.Near(expected.Get("logits"), tokenizer.Logits(expected.Get("image")), name: "logits");
        Assert.Equal(indices.flatten().to(CPU).data<long>().ToArray(), tokenizer.Encode(expected.Get("image")).flatten().to(CPU).data<long>().ToArray());
        Reference.Near(expected.Get("decoded"), tokenizer.Decode(indices), name: "decoded");
    }

    [Theory]
    [InlineData("double_z: false", "double_z: true", "double_z = true")]
    [InlineData("taming.models.vqgan.GumbelVQ", "taming.models.vqgan.VQModel", "target = taming.models.vqgan.VQModel")]
    [InlineData("resolution: 32", "resolution: 33", "resolution = 33")]
    [InlineData("resolution: 32", "resolution: 2000000000", "resolution = 2000000000")]
    [InlineData("n_embed: 32", "n_embed: many", "n_embed = many")]
    [InlineData("ch: 32", "ch: 40", "ch = 40")]
    [InlineData("in_channels: 3", "in_channels: 1", "in_channels = 1")]
    [InlineData("in_channels: 3", "in_channels: 3\n      resamp_with_conv: false", "resamp_with_conv = false")]
    [InlineData("in_channels: 3", "in_channels: 3\n      give_pre_end: true", "give_pre_end = true")]
    [InlineData("n_embed: 32", "n_embed: 32\n    remap: used.npy", "remap = used.npy")]
    public void What_is_not_implemented_is_refused_by_name_and_value(string field, string other, string expected)
    {
        var yaml = File.ReadAllText(Path.Combine(Reference.Own, "vq", "model.yaml"));
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, yaml.Replace(field, other, StringComparison.Ordinal));
            Assert.Contains(expected, Assert.Throws<WeightFileException>(() => ImageTokenizerConfig.Load(path)).Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_written_configuration_reads_back_the_same()
    {
        var config = ImageTokenizerConfig.Load(Path.Combine(Reference.Own, "vq", "model.yaml"));
        var path = Path.GetTempFileName();
        try
        {
            config.Save(path);
            var again = ImageTokenizerConfig.Load(path);
            Assert.Equal(config.Multipliers, again.Multipliers);
            Assert.Equal(config.AttentionSides, again.AttentionSides);
            Assert.Equal(config with { Multipliers = [], AttentionSides = [] }, again with { Multipliers = [], AttentionSides = [] });
        }
        finally
        {
            File.Delete(path);
        }
    }
}

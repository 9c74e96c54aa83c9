using HealthGpt.Model.ImageTokens;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Model.Tests.ImageTokens;

public sealed class ImageTokenizerTests
{
    [Fact]
    public void Images_become_the_references_indices_and_indices_its_images()
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var tokenizer = new ImageTokenizer(ImageTokenizerConfig.Load(Path.Combine(Reference.Folder, "vq", "model.yaml")), Reference.Load("vq", "model.safetensors"));
        using var expected = Reference.Load("vq", "expected.safetensors");
        var indices = expected.Get("indices");

        Reference.Near(expected.Get("prequant"), tokenizer.PreQuantise(expected.Get("image")), name: "prequant");
        Reference.Near(expected.Get("logits"), tokenizer.Logits(expected.Get("image")), name: "logits");
        Assert.Equal(indices.flatten().data<long>().ToArray(), tokenizer.Encode(expected.Get("image")).flatten().data<long>().ToArray());
        Reference.Near(expected.Get("decoded"), tokenizer.Decode(indices), name: "decoded");
    }

    [Fact]
    public void A_written_configuration_reads_back_the_same()
    {
        var config = ImageTokenizerConfig.Load(Path.Combine(Reference.Folder, "vq", "model.yaml"));
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

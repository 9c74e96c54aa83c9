using System.Text.Json.Nodes;
using HealthGpt.Model.Folders;
using HealthGpt.Model.Vision;
using HealthGpt.Model.Weights;

namespace HealthGpt.Model.Tests.Vision;

public sealed class ImagePreparationTests : IDisposable
{
    private static readonly VisionConfig Tower = new() { Width = 32, Layers = 2, Heads = 2, FeedForward = 64, ImageSize = 336, PatchSize = 14 };

    private readonly TemporaryFolder _folder = new();

    private string File => Path.Combine(_folder.Path, "preprocessor_config.json");

    public void Dispose() => _folder.Dispose();

    /// <summary>The form that openai's CLIP towers were published in, before sides had names.</summary>
    [Fact]
    public void A_size_may_be_one_number()
    {
        System.IO.File.WriteAllText(File, """
            {"crop_size": 336, "do_center_crop": true, "do_normalize": true, "do_resize": true, "feature_extractor_type": "CLIPFeatureExtractor",
             "image_mean": [0.48145466, 0.4578275, 0.40821073], "image_std": [0.26862954, 0.26130258, 0.27577711], "resample": 3, "size": 336}
            """);
        var read = ImagePreparation.Load(File, Tower);
        ImagePreparation.Clip(336).Save(File);
        var named = ImagePreparation.Load(File, Tower);

        Assert.Equal((336, 336), (read.Size, named.Size));
        Assert.Equal(named.Mean, read.Mean);
        Assert.Equal(named.Std, read.Std);
    }

    [Theory]
    [InlineData("crop_size", "13000", "has crop_size = 13000, but a whole number from 1 to 4096")]
    [InlineData("crop_size", "-1", "has crop_size = -1, but a whole number")]
    [InlineData("crop_size", "224", "has crop_size = 224, but the tower's config.json has image_size = 336")]
    [InlineData("crop_size", "{\"height\": 336, \"width\": 224}", "but a height equal to the width is needed")]
    [InlineData("crop_size", "\"336\"", "has crop_size = \"336\", but a whole number from 1 to 4096")]
    [InlineData("image_mean", "[0.5]", "has image_mean = [0.5], but three numbers")]
    [InlineData("image_std", "[0, 0, 0]", "has image_std = [0, 0, 0], but three numbers from 0.0001 to 10")]
    [InlineData("image_std", "[1e39, 1, 1]", "has image_std = ")]
    [InlineData("rescale_factor", "1.0", "has rescale_factor = 1.0, but 1/255 is needed")]
    [InlineData("resample", "0", "has resample = 0, which is not implemented (implemented: 3)")]
    [InlineData("do_resize", "false", "has do_resize = false, which is not implemented")]
    [InlineData("do_center_crop", "false", "has do_center_crop = false, which is not implemented")]
    [InlineData("size", "{\"shortest_edge\": 999}", "has size = {\"shortest_edge\":999}, but a shortest edge of 336, as crop_size says, is needed")]
    [InlineData("do_normalize", "false", "has do_normalize = false, which is not implemented")]
    public void What_does_not_fit_is_refused_by_field_and_value(string field, string value, string named)
    {
        ImagePreparation.Clip(336).Save(File);
        var root = JsonNode.Parse(System.IO.File.ReadAllText(File))!.AsObject();
        root[field] = JsonNode.Parse(value);
        System.IO.File.WriteAllText(File, root.ToJsonString());

        var error = Assert.Throws<WeightFileException>(() => ImagePreparation.Load(File, Tower));

        Assert.Contains(named, error.Message, StringComparison.Ordinal);
        Assert.Equal(File, error.File);
    }
}

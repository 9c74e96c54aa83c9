using HealthGpt.Model.Vision;
using HealthGpt.Model.Weights;
using static TorchSharp.torch;

namespace HealthGpt.Model.Tests.Vision;

public sealed class VisionTowerTests
{
    public static TheoryData<string, string> Towers => TestDevices.Each(Reference.Parts("config.json"));

    [Theory, MemberData(nameof(Towers))]
    public void Features_of_both_grains_are_the_references(string folder, string device)
    {
        using var scope = NewDisposeScope();
        using var tower = new VisionTower(VisionConfig.Load(Path.Combine(Reference.Folder, folder, "config.json")), Reference.Load(TestDevices.Open(device), folder, "model.safetensors"));
        using var expected = Reference.Load(TestDevices.Open(device), folder, "expected.safetensors");

        using var both = tower.Forward(expected.Get("pixel_values"), abstractGrained: true, concreteGrained: true);
        using var concreteAlone = tower.Forward(expected.Get("pixel_values"), abstractGrained: false, concreteGrained: true);

        Reference.Near(expected.Get("abstract"), both.Abstract!);
        Reference.Near(expected.Get("concrete"), both.Concrete!);
        Reference.Near(expected.Get("concrete"), concreteAlone.Concrete!);
        Assert.Null(concreteAlone.Abstract);
    }

    [Theory, MemberData(nameof(Towers))]
    public void Layers_beyond_the_one_asked_for_are_not_read(string folder, string device)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var weights = Reference.Load(TestDevices.Open(device), folder, "model.safetensors");
        using var expected = Reference.Load(TestDevices.Open(device), folder, "expected.safetensors");
        using var tower = new VisionTower(VisionConfig.Load(Path.Combine(Reference.Folder, folder, "config.json")), weights);
        void Lose(int layer)
        {
            foreach (var (_, tensor) in weights.Tensors.Where(item => item.Key.Contains($".layers.{layer}.", StringComparison.Ordinal))) tensor.Dispose();
        }

        Lose(tower.Config.Layers - 1);
        using var both = tower.Forward(expected.Get("pixel_values"), abstractGrained: true, concreteGrained: true);
        for (var layer = 1; layer < tower.Config.Layers - 1; layer++) Lose(layer);
        using var concrete = tower.Forward(expected.Get("pixel_values"), abstractGrained: false, concreteGrained: true);

        Reference.Near(both.Concrete!, concrete.Concrete!, tolerance: 0);
    }

    [Theory]
    [InlineData("\"hidden_act\": \"quick_gelu\"", "\"hidden_act\": \"gelu\"", "hidden_act = \"gelu\"")]
    [InlineData("\"hidden_size\": 48", "\"hidden_size\": 2000000000", "hidden_size = 2000000000")]
    [InlineData("\"num_attention_heads\": 4", "\"num_attention_heads\": 5", "num_attention_heads = 5")]
    [InlineData("\"num_hidden_layers\": 4", "\"num_hidden_layers\": 1", "num_hidden_layers = 1")]
    [InlineData("\"patch_size\": 14", "\"patch_size\": 0", "patch_size = 0")]
    public void What_is_not_implemented_is_refused_by_name_and_value(string field, string other, string expected)
    {
        var json = File.ReadAllText(Path.Combine(Reference.Own, "clip", "config.json"));
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, json.Replace(field, other, StringComparison.Ordinal));
            Assert.Contains(expected, Assert.Throws<WeightFileException>(() => VisionConfig.Load(path)).Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }
}

using HealthGpt.Model.Vision;
using static TorchSharp.torch;

namespace HealthGpt.Model.Tests.Vision;

public sealed class VisionTowerTests
{
    [Fact]
    public void Features_of_both_grains_are_the_references()
    {
        using var scope = NewDisposeScope();
        using var tower = new VisionTower(VisionConfig.Load(Path.Combine(Reference.Folder, "clip", "config.json")), Reference.Load("clip", "model.safetensors"));
        using var expected = Reference.Load("clip", "expected.safetensors");

        using var both = tower.Forward(expected.Get("pixel_values"), abstractGrained: true, concreteGrained: true);
        using var concreteAlone = tower.Forward(expected.Get("pixel_values"), abstractGrained: false, concreteGrained: true);

        Reference.Near(expected.Get("abstract"), both.Abstract!);
        Reference.Near(expected.Get("concrete"), both.Concrete!);
        Reference.Near(expected.Get("concrete"), concreteAlone.Concrete!);
        Assert.Null(concreteAlone.Abstract);
    }
}

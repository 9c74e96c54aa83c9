using System.Globalization;
using HealthGpt.Model.HLora;
using HealthGpt.Model.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Model.Tests.HLora;

public sealed class HLoraSiteTests
{
    public static TheoryData<string, string> Cases => TestDevices.Each(Directory.GetFiles(Path.Combine(Reference.Folder, "hlora")).Select(path => Path.GetFileName(path)!).Order());

    [Theory, MemberData(nameof(Cases))]
    public void Outputs_and_gradients_are_the_references(string file, string device)
    {
        using var scope = NewDisposeScope();
        using var open = SafetensorsFile.Open(Path.Combine(Reference.Folder, "hlora", file));
        var place = TestDevices.Open(device);
        Tensor Read(string name) => open.Read(name).to(place);
        int Fact(string name) => int.Parse(open.Metadata[name], CultureInfo.InvariantCulture);
        var x = Read("x").requires_grad_();
        var site = new HLoraSite(Read("lora_A").requires_grad_(), Read("lora_B").requires_grad_(), Read("lora_route").requires_grad_());
        var scale = (double)Fact("alpha") / Fact("r") * Fact("experts");

        var y = site.Forward(x, Read("weight"), open.Entries.ContainsKey("bias") ? Read("bias") : null, scale);
        y.backward([Read("grad_y")]);

        Reference.Near(Read("y"), y);
        Reference.NearInNorm(Read("grad_x"), x.grad!, "the gradient of x");
        Reference.NearInNorm(Read("grad_lora_A"), site.A.grad!, "the gradient of A");
        Reference.NearInNorm(Read("grad_lora_B"), site.B.grad!, "the gradient of B");
        Reference.NearInNorm(Read("grad_lora_route"), site.Route.grad!, "the gradient of router");
    }
}

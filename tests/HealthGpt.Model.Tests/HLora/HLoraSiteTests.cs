using System.Globalization;
using HealthGpt.Model.HLora;
using HealthGpt.Model.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Model.Tests.HLora;

public sealed class HLoraSiteTests
{
    public static TheoryData<string> Cases => [.. Directory.GetFiles(Path.Combine(Reference.Folder, "hlora")).Select(path => Path.GetFileName(path)!).Order()];

    [Theory, MemberData(nameof(Cases))]
    public void Outputs_and_gradients_are_the_references(string file)
    {
        using var scope = NewDisposeScope();
        using var open = SafetensorsFile.Open(Path.Combine(Reference.Folder, "hlora", file));
        int Fact(string name) => int.Parse(open.Metadata[name], CultureInfo.InvariantCulture);
        var x = open.Read("x").requires_grad_();
        var site = new HLoraSite(open.Read("lora_A").requires_grad_(), open.Read("lora_B").requires_grad_(), open.Read("lora_route").requires_grad_());
        var scale = (double)Fact("alpha") / Fact("r") * Fact("experts");

        var y = site.Forward(x, open.Read("weight"), open.Entries.ContainsKey("bias") ? open.Read("bias") : null, scale);
        y.backward([open.Read("grad_y")]);

        Reference.Near(open.Read("y"), y);
        Reference.NearInNorm(open.Read("grad_x"), x.grad!, "the gradient of x");
        Reference.NearInNorm(open.Read("grad_lora_A"), site.A.grad!, "the gradient of A");
        Reference.NearInNorm(open.Read("grad_lora_B"), site.B.grad!, "the gradient of B");
        Reference.NearInNorm(open.Read("grad_lora_route"), site.Route.grad!, "the gradient of router");
    }
}

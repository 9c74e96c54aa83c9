using System.Text.Json;
using HealthGpt.Model.Tests;
using HealthGpt.Model.Tests.Decoder;
using HealthGpt.Training.Jobs;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;
using Flat = HealthGpt.Training.Optimizers.AdamW;

namespace HealthGpt.Training.Tests.Optimizers;

/// <summary>The reference's five steps on H-LoRA and adapter: the model's gradients and the optimizer together.</summary>
public sealed class ReferenceTrainingTests
{
    public static TheoryData<string, string, string> Cases => TestDevices.Each(Reference.Decoders);

    [Theory, MemberData(nameof(Cases))]
    public void Five_steps_give_the_references_losses_norms_and_weights(string family, string kind, string device)
    {
        using var scope = NewDisposeScope();
        using var test = new DecoderCase(family, kind, TestDevices.Open(device));
        using var facts = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Reference.Folder, family, kind, "training.json")));
        var (settings, rates) = Settings(facts.RootElement);
        var (hlora, adapter) = (test.HLora.NamedTensors().ToArray(), test.Adapter.NamedTensors().ToArray());
        var trained = hlora.Concat(adapter).ToArray();
        foreach (var (_, tensor) in trained) tensor.requires_grad_();
        long split = hlora.Sum(item => item.Value.numel()), length = trained.Sum(item => item.Value.numel());
        var (flat, first, second) = (Flatten(trained.Select(item => item.Value.detach())), zeros([length]), zeros([length]));
        var (losses, norms) = (Numbers(facts.RootElement, "losses"), Numbers(facts.RootElement, "gradient_norms"));

        for (var step = 0; step < losses.Length; step++)
        {
            var loss = test.Loss(test.Logits(test.Embed()));
            loss.backward();
            Assert.Equal(losses[step], loss.ToDouble(), 1e-4 * Math.Max(1, losses[step]));
            var gradient = Flatten(trained.Select(item => item.Value.grad!));
            var norm = Flat.Clip(gradient, settings.ClipNorm);
            Assert.Equal(norms[step], norm, 1e-3 * norms[step]);
            Flat.Step(settings, flat, first, second, gradient, [(0, split, rates.HLora), (split, length - split, rates.Adapter)], step + 1);
            Write(flat, trained);
        }

        using var after = Reference.Load(family, kind, "after_5_steps.safetensors");
        Assert.Equal(after.Tensors.Select(item => item.Key), trained.Select(item => item.Key).Order(StringComparer.Ordinal));
        foreach (var (name, tensor) in trained) Reference.NearInNorm(after.Get(name), tensor.detach(), name);
    }

    private static (OptimizerSettings Settings, (double HLora, double Adapter) Rates) Settings(JsonElement facts)
    {
        var betas = Numbers(facts, "betas");
        double Number(string name) => facts.GetProperty(name).GetDouble();
        return (
            new OptimizerSettings { Beta1 = betas[0], Beta2 = betas[1], Epsilon = Number("eps"), WeightDecay = Number("weight_decay"), ClipNorm = Number("clip_norm") },
            (Number("lr_hlora"), Number("lr_adapter")));
    }

    private static double[] Numbers(JsonElement facts, string name) => [.. facts.GetProperty(name).EnumerateArray().Select(value => value.GetDouble())];

    // The optimizer's state is the CPU's, wherever the model computes.
    private static Tensor Flatten(IEnumerable<Tensor> tensors) => cat([.. tensors.Select(tensor => tensor.reshape(-1).to(CPU))]);

    private static void Write(Tensor flat, KeyValuePair<string, Tensor>[] trained)
    {
        using var noGrad = no_grad();
        var start = 0L;
        foreach (var (_, tensor) in trained)
        {
            tensor.copy_(flat.narrow(0, start, tensor.numel()).view(tensor.shape));
            tensor.grad!.zero_();
            start += tensor.numel();
        }
    }
}

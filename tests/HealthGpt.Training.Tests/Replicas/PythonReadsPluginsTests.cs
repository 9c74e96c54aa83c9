using System.Diagnostics;
using System.Text.Json;
using HealthGpt.Model;
using HealthGpt.Training.Replicas;
using TorchSharp;
using Xunit;

namespace HealthGpt.Training.Tests.Replicas;

/// <summary>A plugin that was trained here, as Python reads it.</summary>
public sealed class PythonReadsPluginsTests(TinyWorld world) : IClassFixture<TinyWorld>
{
    private static readonly string[] Linears = ["self_attn.qkv_proj", "self_attn.o_proj", "mlp.gate_up_proj", "mlp.down_proj"];
    private static readonly string[] Parts = ["lora_A", "lora_B", "lora_route"];
    private static readonly string[] Adapter = ["0.weight", "0.bias", "2.weight", "2.bias"];

    // Of a model of two layers.
    private static IEnumerable<string> ReleasedNames =>
    [
        .. from layer in Enumerable.Range(0, 2) from linear in Linears from part in Parts select $"base_model.model.model.layers.{layer}.{linear}.{part}.weight",
        .. Adapter.Select(name => $"base_model.model.model.mm_projector.{name}"),
    ];

    private sealed record Told(long[] Shape, double Squares);

    [Fact]
    public async Task A_trained_plugin_is_a_plain_file_of_the_released_names_and_shapes()
    {
        Assert.SkipUnless(await RunAsync("-c", "import torch") is not null, "needs python3 with torch (Debian's python3-torch)");
        var done = await HostedReplica.RunAsync(world.Job(), world.CacheFolder);
        using var model = HealthGptModel.Load(done.ModelFolder!, torch.ScalarType.Float32, cancellationToken: TestContext.Current.CancellationToken);
        using var plugin = model.LoadPlugin("super-resolution", cancellationToken: TestContext.Current.CancellationToken);

        var file = Directory.GetFiles(Path.Combine(done.ModelFolder!, "plugins", "super-resolution"), "*.safetensors").Single();
        var output = await RunAsync(Path.Combine(AppContext.BaseDirectory, "Python", "read_safetensors.py"), file);

        var told = JsonSerializer.Deserialize<Dictionary<string, Told>>(output!, JsonSerializerOptions.Web)!;
        Assert.Equal(ReleasedNames.Order(StringComparer.Ordinal), told.Keys.Order(StringComparer.Ordinal));
        foreach (var (name, tensor) in plugin.HLora.NamedTensors().Concat(plugin.Adapter.NamedTensors()))
        {
            Assert.Equal(tensor.shape, told[name].Shape);
            using var wide = tensor.to(torch.ScalarType.Float64);
            using var squares = wide.mul(wide);
            using var sum = squares.sum();
            Assert.Equal(sum.ToDouble(), told[name].Squares, 1e-6 * Math.Max(1, told[name].Squares));
        }
    }

    // Null where it cannot be run or fails.
    private static async Task<string?> RunAsync(params string[] arguments)
    {
        try
        {
            using var python = Process.Start(new ProcessStartInfo("/usr/bin/python3", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var errors = python.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            var output = await python.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            await python.WaitForExitAsync(TestContext.Current.CancellationToken);
            if (python.ExitCode != 0) TestContext.Current.SendDiagnosticMessage("{0}", await errors);
            return python.ExitCode == 0 ? output : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}

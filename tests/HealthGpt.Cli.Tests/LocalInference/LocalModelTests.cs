using System.Text.Json;
using HealthGpt.Cli.LocalInference;
using HealthGpt.Inference;
using HealthGpt.Model.Weights;

namespace HealthGpt.Cli.Tests.LocalInference;

public sealed class LocalModelTests : IDisposable
{
    private const string Head = "lm_head.weight";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("float32", Precision.Float32)]
    [InlineData("float16", Precision.Float32)]
    [InlineData("bfloat16", Precision.BFloat16)]
    public async Task ABase_IsComputedInWhatLosesNoneOfItsBits(string stored, Precision expected)
    {
        await CommandLine.RunAsync("weights", "synth", "--preset", "nano", "--out", _folder["model"], "--dtype", stored);

        Assert.Equal(expected, LocalModel.Open(_folder["model"]).ExactPrecision());
    }

    [Fact]
    public async Task ABaseOfSeveralFiles_IsComputedInWhatTheFinestOfThemNeeds()
    {
        await CommandLine.RunAsync("weights", "synth", "--preset", "nano", "--out", _folder["model"]);
        await CommandLine.RunAsync("weights", "synth", "--preset", "nano", "--out", _folder["finer"], "--dtype", "float32");
        var names = Shard("model/base/model.safetensors", "a.safetensors", name => name != Head);
        Shard("finer/base/model.safetensors", "b.safetensors", name => name == Head);
        File.Delete(_folder["model/base/model.safetensors"]);
        var index = new { weight_map = names.ToDictionary(name => name, name => name == Head ? "b.safetensors" : "a.safetensors") };
        await File.WriteAllTextAsync(_folder["model/base/model.safetensors.index.json"], JsonSerializer.Serialize(index), TestContext.Current.CancellationToken);

        Assert.Equal(Precision.Float32, LocalModel.Open(_folder["model"]).ExactPrecision());
    }

    private List<string> Shard(string source, string name, Func<string, bool> wanted)
    {
        using var file = WeightFile.Open(_folder[source]);
        using var stream = File.Create(_folder[$"model/base/{name}"]);
        SafetensorsWriter.Write(stream, file, SafetensorsWriter.PyTorchFormat, wanted, TestContext.Current.CancellationToken);
        return [.. file.Entries.Keys];
    }
}

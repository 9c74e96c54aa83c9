using HealthGpt.Cli.LocalInference;
using HealthGpt.Inference;

namespace HealthGpt.Cli.Tests.LocalInference;

public sealed class LocalModelTests : IDisposable
{
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
        var shards = Directory.CreateDirectory(_folder["model/base"]).FullName;
        File.Move(Path.Combine(shards, "model.safetensors"), Path.Combine(shards, "a.safetensors"));
        File.Copy(_folder["finer/base/model.safetensors"], Path.Combine(shards, "b.safetensors"));
        await File.WriteAllTextAsync(
            Path.Combine(shards, "model.safetensors.index.json"), """{"weight_map": {"model.norm.weight": "a.safetensors", "lm_head.weight": "b.safetensors"}}""", TestContext.Current.CancellationToken);

        Assert.Equal(Precision.Float32, LocalModel.Open(_folder["model"]).ExactPrecision());
    }
}

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
}

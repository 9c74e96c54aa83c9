using HealthGpt.EndToEnd.Tests.Processes;

namespace HealthGpt.EndToEnd.Tests.Demos;

[Collection(FinishedDemoGroup.Name)]
public sealed class DisturbedDemoTests(FinishedDemo undisturbed) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task TrainersSiloKilled_EndsWithTheWeightsOfAnUndisturbedRun_AndInterruptedWhileServing_LeavesNoProcess()
    {
        using var demo = SmallDemo.Start(_folder["demo"], "--kill", "trainer");
        await demo.SayAsync("Serving ", SmallDemo.RunBound, TestContext.Current.CancellationToken);

        demo.Signal("INT");

        var code = await demo.EndAsync(SmallDemo.StopBound, TestContext.Current.CancellationToken);
        Assert.True(code == 130, demo.Said);
        Assert.Empty(ProcessList.Naming(_folder.Path));
        Assert.Contains("it held the trainer", await File.ReadAllTextAsync(_folder["demo/events.jsonl"], TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Equal(File.ReadAllText(undisturbed["losses.csv"]), File.ReadAllText(_folder["demo/losses.csv"]));
        var weights = Directory.GetFiles(undisturbed.ModelFolder, "*.safetensors", SearchOption.AllDirectories);
        Assert.Equal(4, weights.Length);
        foreach (var file in weights)
            Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(_folder[Path.Combine("demo/run/checkpoints/model", Path.GetRelativePath(undisturbed.ModelFolder, file))]));
    }
}

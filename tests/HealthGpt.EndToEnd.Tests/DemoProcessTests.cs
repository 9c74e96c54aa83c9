using System.Text.Json;
using HealthGpt.EndToEnd.Tests.Processes;

namespace HealthGpt.EndToEnd.Tests;

public sealed class DemoProcessTests : IDisposable
{
    private static readonly TimeSpan RunBound = TimeSpan.FromMinutes(6);
    private static readonly TimeSpan StopBound = TimeSpan.FromSeconds(25);
    private static readonly string Job = Path.Combine(AppContext.BaseDirectory, "Jobs", "small.yaml");

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    [InlineData(14)]
    public async Task Interrupted_AtARandomMoment_ExitsWith130_AndLeavesNoProcess(int seed)
    {
        // Most moments of the first half minute: before the silos, while they start, while the job prepares, while it trains.
        var moment = TimeSpan.FromSeconds(30 * Math.Pow(new Random(seed).NextDouble(), 2));
        TestContext.Current.SendDiagnosticMessage("seed {0}: interrupted after {1:0.00} s", seed, moment.TotalSeconds);
        using var demo = Start("demo");
        await demo.EndOrAsync(moment, TestContext.Current.CancellationToken);

        demo.Signal("INT");

        Assert.Equal(130, await demo.EndAsync(StopBound, TestContext.Current.CancellationToken));
        Assert.Empty(ProcessList.Naming(_folder.Path));
    }

    [Fact]
    public async Task KilledByForce_LeavesNoSiloAfterMoments()
    {
        using var demo = Start("demo");
        await demo.SayAsync("silo-3 is ready", RunBound, TestContext.Current.CancellationToken);
        Assert.Equal(4, ProcessList.Naming(_folder.Path).Count);

        demo.Signal("KILL");

        await Poll.UntilAsync(
            () => ProcessList.Naming(_folder.Path).Count == 0, StopBound, () => string.Join('\n', ProcessList.Naming(_folder.Path)), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task TrainersSiloKilled_EndsWithTheWeightsOfAnUndisturbedRun()
    {
        var undisturbed = await RunAsync("undisturbed", "--no-kill");
        var disturbed = await RunAsync("disturbed", "--kill", "trainer");

        Assert.Contains("the trainer", disturbed.Held, StringComparison.Ordinal);
        Assert.Equal(undisturbed.Weights, disturbed.Weights);
        Assert.Equal(File.ReadAllText(_folder["undisturbed/losses.csv"]), File.ReadAllText(_folder["disturbed/losses.csv"]));
        Assert.Empty(ProcessList.Naming(_folder.Path));
    }

    private HealthGptProcess Start(string name, params string[] options) =>
        HealthGptProcess.Start(["demo", "--out", _folder[name], "--job", Job, "--questions", "8", "--seed", "1", .. options]);

    private async Task<(string Weights, string Held)> RunAsync(string name, params string[] options)
    {
        using var demo = Start(name, options);
        var code = await demo.EndAsync(RunBound, TestContext.Current.CancellationToken);
        Assert.True(code == 0, demo.Said);
        foreach (var result in new[] { "losses.csv", "losses.png", "answers.json", "comparison.png", "events.jsonl" })
            Assert.True(new FileInfo(_folder[$"{name}/{result}"]).Length > 0, result);

        using var answers = JsonDocument.Parse(await File.ReadAllTextAsync(_folder[$"{name}/answers.json"], TestContext.Current.CancellationToken));
        var held = answers.RootElement.TryGetProperty("killed", out var killed) ? killed.GetProperty("held").GetString()! : "";
        return (answers.RootElement.GetProperty("job").GetProperty("weightsSha256").GetString()!, held);
    }
}

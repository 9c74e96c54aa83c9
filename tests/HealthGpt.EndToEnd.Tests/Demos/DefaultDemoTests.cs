using System.Text.Json;
using HealthGpt.EndToEnd.Tests.Processes;

namespace HealthGpt.EndToEnd.Tests.Demos;

/// <summary>The demo as the README has it, with the shipped model, the shipped samples, the whole job and a process killed.</summary>
public sealed class DefaultDemoTests : IDisposable
{
    /// <summary>No promise of speed: a bound for a machine that is busy with other tests.</summary>
    private static readonly TimeSpan RunBound = TimeSpan.FromMinutes(15);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Demo_LosesAProcess_LearnsInEveryPhase_AndReadsHeldOutSlices()
    {
        using var demo = HealthGptProcess.Start("demo", "--out", _folder["demo"]);
        var code = await demo.EndAsync(RunBound, TestContext.Current.CancellationToken);
        Assert.True(code == 0, demo.Said);
        Assert.Empty(ProcessList.Naming(_folder.Path));
        using var document = JsonDocument.Parse(await File.ReadAllTextAsync(_folder["demo/answers.json"], TestContext.Current.CancellationToken));
        var answers = document.RootElement;
        TestContext.Current.SendDiagnosticMessage("{0}", demo.Said);

        var held = answers.GetProperty("killed").GetProperty("held").GetString()!;
        Assert.True(held == "the trainer" || (held.Contains("worker rank", StringComparison.Ordinal) && answers.GetProperty("job").GetProperty("generations").GetInt64() > 1), demo.Said);
        Assert.All(answers.GetProperty("learning").EnumerateArray(), phase => Assert.True(phase.GetProperty("learnt").GetBoolean(), phase.ToString()));
        Assert.True(answers.GetProperty("imageWords").GetProperty("below").GetDouble() >= 0.5, demo.Said);
        var all = answers.GetProperty("closedQuestions").GetProperty("all");
        var constant = all.GetProperty("bestConstant").GetProperty("accuracy").GetDouble();
        var blind = all.GetProperty("blindGuess").GetDouble();
        Assert.True(all.GetProperty("correct").GetDouble() >= Math.Max(constant, blind) + 0.10, all.ToString());
        Assert.InRange(answers.GetProperty("memory").GetProperty("residentBytes").GetInt64(), 1, 4L << 30);
    }
}

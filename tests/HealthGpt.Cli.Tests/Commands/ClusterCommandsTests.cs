namespace HealthGpt.Cli.Tests.Commands;

public sealed class ClusterCommandsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Submit_AJobWithAMisspeltKey_ExitsWith78_WithoutACluster()
    {
        var job = _folder.Write("job.yaml", "name: a\nmodle: m\ndata: d.yaml\n");

        var run = await CommandLine.RunAsync("train", "submit", job, "--cluster", _folder.Path);

        Assert.Equal(ExitCodes.WrongFile, run.ExitCode);
        Assert.Contains("modle", run.Error, StringComparison.Ordinal);
        Assert.Contains("model", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ask_WithAFileThatIsNoImage_ExitsWith2_AndNamesIt()
    {
        var image = _folder.Write("slice.png", "no image");

        var run = await CommandLine.RunAsync("ask", "--cluster", _folder.Path, "--task", "vqa", "--image", image, "--question", "What?");

        Assert.Equal(ExitCodes.WrongArguments, run.ExitCode);
        Assert.Contains($"error: --image is '{image}'", run.Error, StringComparison.Ordinal);
        Assert.Contains("usage: healthgpt ask", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Describe_OfAFolderThatIsNotThere_ExitsWith2()
    {
        var run = await CommandLine.RunAsync("train", "describe", "job", "--cluster", _folder["none"]);

        Assert.Equal(ExitCodes.WrongArguments, run.ExitCode);
        Assert.Contains("there is no such folder", run.Error, StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task Ask_OfAClusterWhoseSilosHaveEnded_SaysSoWithinSeconds()
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();

        var run = await CommandLine.RunAsync("ask", "--cluster", _folder.Path, "--task", "vqa", "--question", "What?");

        Assert.Equal(ExitCodes.Failed, run.ExitCode);
        Assert.Contains("no silo replied within 15 s", run.Error, StringComparison.Ordinal);
        // 15 s, and slack of a minute for a machine that is busy.
        Assert.InRange(clock.Elapsed.TotalSeconds, 14, 75);
    }

    [Fact]
    public async Task Interrupted_WhileNoSiloAnswers_ExitsWith130()
    {
        using var interrupt = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var running = CommandLine.RunAsync(interrupt.Token, "train", "describe", "job", "--cluster", _folder.Path);
        await interrupt.CancelAsync();

        var run = await running.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);

        Assert.Equal(ExitCodes.Interrupted, run.ExitCode);
    }
}

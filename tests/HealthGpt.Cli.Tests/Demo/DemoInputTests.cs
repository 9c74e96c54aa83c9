namespace HealthGpt.Cli.Tests.Demo;

public sealed class DemoInputTests : IDisposable
{
    private const string Phases = "stages: [{ stage: instruction, tasks: { vqa: { steps: 2, batch: 4 } } }]\n";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("stpes: 1\n" + Phases, "stpes is not a known key")]
    [InlineData("name: [", "it must be YAML")]
    [InlineData("stages: [{ stage: instruction, tasks: { vqq: { steps: 2, batch: 4 } } }]\n", "the dataset has no task 'vqq'")]
    [InlineData("stages: [{ stage: alignment, comprehension: { steps: 2, batch: 4 } }]\n", "an instruction stage is missing")]
    [InlineData("workers: { min: 4, max: 4 }\n" + Phases, "workers.min: '4' must be at most 3")]
    [InlineData("data: nowhere/dataset.yaml\n" + Phases, "nowhere/dataset.yaml")]
    [InlineData("model: nowhere\n" + Phases, "nowhere/healthgpt.json")]
    public async Task BadJob_ExitsWith78_NamesTheProblem_AndKeepsEarlierResults(string job, string said)
    {
        var file = _folder.Write("job.yaml", job);
        Directory.CreateDirectory(_folder["out/run"]);
        _folder.Write("out/answers.json", "earlier");
        _folder.Write("out/run/.healthgpt-demo", "");
        _folder.Write("out/run/state", "earlier");

        var run = await CommandLine.RunAsync("demo", "--out", _folder["out"], "--job", file);

        Assert.Equal(ExitCodes.WrongFile, run.ExitCode);
        Assert.Contains(said, run.Error, StringComparison.Ordinal);
        Assert.Equal("earlier", File.ReadAllText(_folder["out/answers.json"]));
        Assert.Equal("earlier", File.ReadAllText(_folder["out/run/state"]));
        Assert.Empty(run.Output);
    }

    [Fact]
    public async Task JobThatIsNotThere_ExitsWith78_AndMakesNoFolder()
    {
        var run = await CommandLine.RunAsync("demo", "--out", _folder["out"], "--job", _folder["none.yaml"]);

        Assert.Equal(ExitCodes.WrongFile, run.ExitCode);
        Assert.Contains($"{_folder["none.yaml"]} is wrong", run.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["out"]));
    }
}

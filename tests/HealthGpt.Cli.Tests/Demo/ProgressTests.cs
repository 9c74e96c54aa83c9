using HealthGpt.Cli.Progress;
using HealthGpt.Cli.Terminal;
using HealthGpt.Cluster.Abstractions.Training;
using HealthGpt.Training.Jobs;
using Spectre.Console;

namespace HealthGpt.Cli.Tests.Demo;

public sealed class ProgressTests
{
    private const string Yaml = "name: a\nmodel: nano\ndata: d.yaml\nstages: [{ stage: instruction, tasks: { vqa: { steps: 2, batch: 4 }, drawing: { steps: 4, batch: 4 } } }]\n";
    private static readonly IReadOnlyList<JobPhase> Phases = TrainingJob.Parse(Yaml, Path.GetTempPath()).Phases;

    [Fact]
    public async Task Bars_OnATerminal_ShowEachPhaseWithItsLatestLoss_AndEvents()
    {
        using var written = new StringWriter();
        var terminal = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.Yes, Interactive = InteractionSupport.Yes, Out = new AnsiConsoleOutput(written) });
        terminal.Profile.Width = 120;

        await TrainAsync(new BarProgress(terminal));

        var shown = written.ToString();
        Assert.Contains("loss  1.500", shown, StringComparison.Ordinal);
        Assert.Contains("100%", shown, StringComparison.Ordinal);
        Assert.Contains("drawing", shown, StringComparison.Ordinal);
        Assert.Contains("[silo-1] is ready", shown, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, false, 3)]
    [InlineData(true, false, 3)]
    [InlineData(false, true, 0)]
    [InlineData(true, true, 0)]
    public async Task Lines_AreLeftOutWithQuiet_AndResultsAreNot(bool json, bool quiet, int lines)
    {
        using var written = new StringWriter();
        var output = new CommandOutput(written, TextWriter.Null, json, quiet);

        await TrainAsync(new LineProgress(output));
        output.Result("done", new { state = "done" });

        var said = written.ToString().TrimEnd().Split(Environment.NewLine);
        Assert.Equal(lines, said.Length - 1);
        Assert.Equal(json ? "{\"state\":\"done\"}" : "done", said[^1]);
        Assert.All(said, line => Assert.Equal(json, line.StartsWith('{')));
    }

    private static Task TrainAsync(ITrainingProgress progress) => progress.TrainAsync(Phases, () =>
    {
        progress.Event("[silo-1] is ready");
        progress.Step(Step(1, 2.5));
        progress.Step(Step(2, 1.5));
        return Task.CompletedTask;
    });

    private static StepReport Step(int step, double loss) =>
        new() { Step = step, Stage = Stages.Instruction, Phase = "vqa", PhaseStep = step, Loss = loss, GradientNorm = 1, LearningRate = 1, Tokens = 1, Seconds = 1 };
}

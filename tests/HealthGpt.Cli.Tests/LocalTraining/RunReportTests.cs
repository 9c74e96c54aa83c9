using System.Globalization;
using System.Text.Json;
using HealthGpt.Cli.LocalTraining;
using HealthGpt.Cli.Progress;
using HealthGpt.Cli.Terminal;
using HealthGpt.Training.Jobs;
using HealthGpt.Training.Replicas;

namespace HealthGpt.Cli.Tests.LocalTraining;

public sealed class RunReportTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void StepsAfterAFallBack_AreToldAgain_AndReplaceThoseBefore()
    {
        var job = TrainingJob.Parse("{ name: back, model: m, data: d, stages: [{ stage: adaptation, mixed: { steps: 9, batch: 4, learningRate: 1 } }] }", _folder[""]);
        var local = new LocalJob { Job = job, Folder = _folder["out"] };
        using var folder = RunFolder.Open(local);
        var output = new CommandOutput(TextWriter.Null, TextWriter.Null, json: false, quiet: true);
        using var report = new RunReport(local, folder, output, new LineProgress(output));
        var slot = new WorkerSlot("worker-1");

        slot.Told(Told(committed: 5, atStart: 0, starts: 1, Steps(1, 5, loss: 8)));
        report.Take(slot.Steps, told: 0);
        var back = Told(committed: 3, atStart: 3, starts: 2, []) with { Checkpoint = new WrittenCheckpoint(3, "runs/step-3") };
        slot.Told(back);
        report.GoesBack(back);
        slot.Told(Told(committed: 6, atStart: 3, starts: 2, Steps(4, 6, loss: 2)));
        report.Take(slot.Steps, told: 3);

        Assert.Equal(6, report.Steps);
        Assert.Equal([8, 8, 8, 2, 2, 2], slot.Steps.Select(step => step.Loss));
        var told = File.ReadLines(folder.Events).Select(line => JsonDocument.Parse(line).RootElement).Select(line =>
            line.GetProperty("type").GetString() == "resumed" ? $"resumed {line.GetProperty("step")} from {line.GetProperty("checkpoint")}" : $"{line.GetProperty("step")}: {line.GetProperty("loss")}");
        Assert.Equal(["1: 8", "2: 8", "3: 8", "4: 8", "5: 8", "resumed 3 from runs/step-3", "4: 2", "5: 2", "6: 2"], told);
    }

    [Fact]
    public void SkippedSteps_AreToldWithTheirSamples_AndCountedInAWarningAtTheEnd()
    {
        var job = TrainingJob.Parse("{ name: skips, model: m, data: d, stages: [{ stage: adaptation, mixed: { steps: 4, batch: 4, learningRate: 1 } }] }", _folder[""]);
        var local = new LocalJob { Job = job, Folder = _folder["out"] };
        using var folder = RunFolder.Open(local);
        var (lines, error) = (new StringWriter(), new StringWriter());
        var output = new CommandOutput(lines, error, json: false, quiet: false);
        using var report = new RunReport(local, folder, output, new LineProgress(output));
        string[] names = ["sample 3 of dataset 'a'", "sample 9 of dataset 'a'"];
        List<StepRecord> steps = [.. Steps(1, 4, loss: 8).Select(step => step.Step == 2 ? step : step with { Loss = double.NaN, Skipped = true, SkippedSamples = names })];

        report.Take(steps, told: 0);
        report.Complete(Told(4, 0, 1, steps) with { WeightsSha256 = new string('0', 64), ModelFolder = "m" }, TimeSpan.FromSeconds(1));

        Assert.Equal(
            [1, 3, 4],
            lines.ToString().Split('\n').Where(line => line.EndsWith("was skipped: its loss is NaN and its gradient's norm is 1; in its batch: sample 3 of dataset 'a'; sample 9 of dataset 'a'", StringComparison.Ordinal))
                .Select(line => int.Parse(line.Split("step ")[1].Split(' ')[0], CultureInfo.InvariantCulture)));
        Assert.StartsWith(
            "warning: 3 of 4 steps were skipped, the last 2 among them, as their loss or gradient was no finite number; ",
            Assert.Single(error.ToString().TrimEnd().Split('\n')),
            StringComparison.Ordinal);
    }

    private static WorkerProgress Told(long committed, long atStart, int starts, IReadOnlyList<StepRecord> steps) => new()
    {
        State = WorkerState.Running,
        Generation = 1,
        CommittedSteps = committed,
        StepsAtStart = atStart,
        Starts = starts,
        EndPoint = "127.0.0.1:1",
        Fingerprint = "f",
        Steps = steps,
    };

    private static IReadOnlyList<StepRecord> Steps(int first, int last, double loss) =>
    [
        .. Enumerable.Range(first, last - first + 1).Select(step => new StepRecord
        {
            Step = step,
            Stage = "adaptation",
            Name = "mixed",
            PhaseStep = step,
            Loss = loss,
            GradientNorm = 1,
            LearningRate = 1,
            Tokens = 10,
            Seconds = 2,
        }),
    ];
}

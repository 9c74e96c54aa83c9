using System.Text.Json;
using HealthGpt.Cli.LocalTraining;
using HealthGpt.Cli.Terminal;
using HealthGpt.Training.Replicas;

namespace HealthGpt.Cli.Tests.LocalTraining;

public sealed class RunLogTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void RunThatGoesOn_WritesTheStepsAfterItsCheckpointAgain_AndNoEarlierOne_BehindAnyTornLine()
    {
        var path = _folder["events.jsonl"];
        Write(path, goesOnAfter: 0, steps: 5);
        File.AppendAllText(path, "{\"type\":\"step\",\"ste");

        Write(path, goesOnAfter: 3, steps: 6);

        Assert.Equal([1, 2, 3, 4, 5, null, 4, 5, 6], File.ReadLines(path).Select(StepOf));
    }

    [Fact]
    public void LogThatWasRemoved_HasTheStepsOfBeforeAgain()
    {
        var path = _folder["events.jsonl"];

        Write(path, goesOnAfter: 3, steps: 4);

        Assert.Equal([1, 2, 3, 4], File.ReadLines(path).Select(StepOf));
    }

    private static void Write(string path, long goesOnAfter, int steps)
    {
        using var log = new RunLog(path, new CommandOutput(TextWriter.Null, TextWriter.Null, json: false, quiet: true));
        log.GoOnAfter(goesOnAfter);
        for (var step = 1; step <= steps; step++)
            log.Add(StepEvent.Of(Step(step)));
    }

    private static int? StepOf(string line)
    {
        try
        {
            return JsonDocument.Parse(line).RootElement.GetProperty("step").GetInt32();
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static StepRecord Step(int step) =>
        new() { Step = step, Stage = "alignment", Name = "mixed", PhaseStep = step, Loss = double.NaN, GradientNorm = 1, LearningRate = 1, Tokens = 10, Samples = 4, Seconds = 2 };
}

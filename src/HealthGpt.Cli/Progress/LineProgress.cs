using System.Globalization;
using HealthGpt.Cli.Terminal;
using HealthGpt.Cluster.Abstractions.Training;
using HealthGpt.Training.Jobs;

namespace HealthGpt.Cli.Progress;

/// <summary>Progress as plain lines, a few a phase, for logs and pipes.</summary>
internal sealed class LineProgress(CommandOutput output) : ITrainingProgress
{
    private const int LinesOfPhase = 5;

    private readonly Dictionary<string, int> _steps = [];

    public Task TrainAsync(IReadOnlyList<JobPhase> phases, Func<Task> work)
    {
        foreach (var phase in phases)
            _steps[phase.Id] = phase.Steps;
        return work();
    }

    public void Event(string line)
    {
        output.Line($"  {line}");
        output.JsonLine(new { Event = line });
    }

    public void Step(StepReport step)
    {
        output.JsonLine(new { step.Step, step.Stage, step.Phase, step.PhaseStep, step.Loss });
        var total = _steps.GetValueOrDefault($"{step.Stage}/{step.Phase}", step.PhaseStep);
        var every = Math.Max(1, total / LinesOfPhase);
        if (step.PhaseStep % every == 0 || step.PhaseStep == total)
            output.Line(string.Create(CultureInfo.InvariantCulture, $"  {step.Stage,-12} {step.Phase,-18} step {step.PhaseStep,4} of {total,-4}  loss {step.Loss:0.000}"));
    }
}

using System.Globalization;
using HealthGpt.Cluster.Abstractions.Training;
using HealthGpt.Training.Jobs;
using Spectre.Console;

namespace HealthGpt.Cli.Progress;

/// <summary>Progress as one bar a phase with its latest loss, for a terminal.</summary>
internal sealed class BarProgress(IAnsiConsole console) : ITrainingProgress
{
    private readonly Dictionary<string, ProgressTask> _bars = [];

    public Task TrainAsync(IReadOnlyList<JobPhase> phases, Func<Task> work) => console.Progress()
        .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn())
        .StartAsync(async context =>
        {
            foreach (var phase in phases)
                _bars[phase.Id] = context.AddTask(Description(phase.Stage, phase.Name, loss: null), autoStart: false, maxValue: phase.Steps);
            await work();
            foreach (var bar in _bars.Values)
                bar.StopTask();
        });

    public void Event(string line) => console.MarkupLine($"[grey]{Markup.Escape(line)}[/]");

    public void Step(StepReport step)
    {
        if (!_bars.TryGetValue($"{step.Stage}/{step.Phase}", out var bar))
            return;

        if (!bar.IsStarted)
            bar.StartTask();
        bar.Value = step.PhaseStep;
        bar.Description = Description(step.Stage, step.Phase, step.Loss);

        // Otherwise its clock would run to the end of the job.
        if (bar.Value >= bar.MaxValue)
            bar.StopTask();
    }

    private static string Description(string stage, string phase, double? loss)
    {
        var figure = loss is { } value ? string.Create(CultureInfo.InvariantCulture, $"loss {value,6:0.000}") : "           ";
        return Markup.Escape($"{stage,-12} {phase,-17} {figure}");
    }
}

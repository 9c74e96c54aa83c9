using System.Globalization;
using System.Text;
using HealthGpt.Cluster.Abstractions.Training;
using HealthGpt.Data.Samples;
using HealthGpt.Training.Jobs;

namespace HealthGpt.Cli.Demo.Results;

/// <summary>The loss of every committed step.</summary>
internal sealed class LossLog
{
    private readonly SortedDictionary<long, StepReport> _steps = [];

    public IEnumerable<StepReport> Steps => _steps.Values;

    public void Add(StepReport step) => _steps[step.Step] = step;

    public IReadOnlyList<StepReport> Of(JobPhase phase) => [.. _steps.Values.Where(step => step.Stage == phase.Stage && step.Phase == phase.Name)];

    /// <summary>Writes losses.csv: the kind of an instruction phase is that of its task.</summary>
    public async Task WriteAsync(string path, IReadOnlyDictionary<string, TaskDefinition> tasks, CancellationToken cancellationToken)
    {
        var text = new StringBuilder("stage,kind,step,loss,phase\n");
        foreach (var step in _steps.Values)
            text.Append(CultureInfo.InvariantCulture, $"{step.Stage},{KindOf(step.Stage, step.Phase, tasks)},{step.Step},{step.Loss:R},{step.Phase}\n");
        await File.WriteAllTextAsync(path, text.ToString(), cancellationToken);
    }

    public static string KindOf(string stage, string phase, IReadOnlyDictionary<string, TaskDefinition> tasks) =>
        stage == Stages.Instruction && tasks.TryGetValue(phase, out var task) ? task.Kind.ToString().ToLowerInvariant() : phase;
}

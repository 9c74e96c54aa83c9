using HealthGpt.Data.Samples;
using HealthGpt.Training.Jobs;

namespace HealthGpt.Training.Samples;

/// <summary>The tasks whose samples a phase trains on, by kind.</summary>
/// <param name="Comprehension">Tasks that answer with text.</param>
/// <param name="Generation">Tasks that answer with an image.</param>
internal sealed record PhaseTasks(IReadOnlyList<string> Comprehension, IReadOnlyList<string> Generation)
{
    /// <summary>The task of image to its own image tokens, which stage 1 learns generation on.</summary>
    public const string Reconstruction = "reconstruction";

    public IEnumerable<string> All => Comprehension.Concat(Generation);

    /// <summary>Finds the tasks of every phase.</summary>
    /// <exception cref="JobFileException">The dataset does not have what a phase needs; all such phases are listed.</exception>
    public static IReadOnlyList<PhaseTasks> Resolve(TrainingJob job, IReadOnlyDictionary<string, TaskDefinition> known)
    {
        var problems = new List<string>();
        var resolved = job.Phases.Select(phase => Resolve(phase, known, problems)).ToList();
        return problems.Count == 0 ? resolved : throw new JobFileException($"job '{job.Name}' on {job.Data}", problems);
    }

    /// <summary>What phases need and a dataset does not have, by phase.</summary>
    public static IReadOnlyList<string> Problems(TrainingJob job, IReadOnlyDictionary<string, TaskDefinition> known)
    {
        var problems = new List<string>();
        foreach (var phase in job.Phases) Resolve(phase, known, problems);
        return problems;
    }

    private static PhaseTasks Resolve(JobPhase phase, IReadOnlyDictionary<string, TaskDefinition> known, List<string> problems)
    {
        var wanted = phase.Stage == Stages.Instruction ? [phase.Name] : phase.Tasks ?? DefaultTasks(phase, known);
        var listed = string.Join(", ", known.Keys.Order(StringComparer.Ordinal));
        foreach (var task in wanted.Where(task => !known.ContainsKey(task)))
            problems.Add($"{phase.Id}: the dataset has no task '{task}'; it has {listed}");
        var found = wanted.Where(known.ContainsKey).Distinct().Order(StringComparer.Ordinal).ToLookup(task => known[task].Kind);
        var tasks = new PhaseTasks([.. found[TaskKind.Comprehension]], [.. found[TaskKind.Generation]]);
        if (found.Count > 0 || wanted.Count == 0) CheckKinds(phase, tasks, listed, problems);
        return tasks;
    }

    private static IReadOnlyList<string> DefaultTasks(JobPhase phase, IReadOnlyDictionary<string, TaskDefinition> known)
    {
        var comprehension = known.Values.Where(task => task.Kind == TaskKind.Comprehension).Select(task => task.Name);
        return phase.Name switch
        {
            Stages.Comprehension => [.. comprehension],
            Stages.Generation => [Reconstruction],
            _ => [.. comprehension, Reconstruction],
        };
    }

    private static void CheckKinds(JobPhase phase, PhaseTasks tasks, string listed, List<string> problems)
    {
        var needsComprehension = phase.Name is Stages.Comprehension or Stages.Mixed && phase.Stage != Stages.Instruction;
        var needsGeneration = phase.Name is Stages.Generation or Stages.Mixed && phase.Stage != Stages.Instruction;
        if (needsComprehension && tasks.Comprehension.Count == 0) problems.Add($"{phase.Id}: it needs a comprehension task; the dataset has {listed}");
        if (needsGeneration && tasks.Generation.Count == 0) problems.Add($"{phase.Id}: it needs a generation task; the dataset has {listed}");
        if (phase.Name == Stages.Comprehension && phase.Stage == Stages.Alignment && tasks.Generation.Count > 0)
            problems.Add($"{phase.Id}: {string.Join(", ", tasks.Generation)} answer with an image; list comprehension tasks only");
        if (phase.Name == Stages.Generation && phase.Stage == Stages.Alignment && tasks.Comprehension.Count > 0)
            problems.Add($"{phase.Id}: {string.Join(", ", tasks.Comprehension)} answer with text; list generation tasks only");
    }
}

using System.Collections.Concurrent;
using HealthGpt.Cluster.Abstractions.Training;
using HealthGpt.Cluster.Training;

namespace HealthGpt.Cluster.Tests.Training;

/// <summary>Replicas without tensors, shared by all silos of a test cluster, so that the grains are tested without a native library.</summary>
internal sealed class ScriptedEngine : ITrainingEngine
{
    private readonly ConcurrentDictionary<(long Generation, string Secret), ScriptedGroup> _groups = new();
    private volatile int _limit = int.MaxValue;

    public int Steps { get; init; } = 60;

    public int MinWorkers { get; init; } = 1;

    public int MaxWorkers { get; init; } = 2;

    public bool NeverReady { get; init; }

    /// <summary>Whether each replica ends with weights of its own.</summary>
    public bool WeightsDiffer { get; init; }

    /// <summary>What the replica of that name, with its silo and device, fails of while it prepares; null for nothing.</summary>
    public Func<string, string?> TroubleOf { get; set; } = _ => null;

    public LeftOutSamples? LeftOut { get; init; }

    /// <summary>Tasks whose plugins the trained model is without.</summary>
    public IReadOnlyList<string> LeftOutPlugins { get; init; } = [];

    /// <summary>A step that is not finite, 0 for none.</summary>
    public int SkippedStep { get; init; }

    /// <summary>What a step's loss is, as long as it is finite.</summary>
    public Func<int, double> Loss { get; set; } = step => 1.0 / step;

    public ConcurrentBag<(long Generation, string Replica)> Joins { get; } = [];

    public ConcurrentBag<ScriptedReplica> Replicas { get; } = [];

    /// <summary>Replicas stop short of this step until it is raised: a test acts in the middle of a job by it.</summary>
    public void HoldAt(int step) => _limit = step;

    public int Limit() => _limit;

    public JobOutline Read(string job, JobSubmission submission)
    {
        if (submission.Yaml.Contains("wokers", StringComparison.Ordinal))
            throw new InvalidJobException(job, ["wokers: unknown key; did you mean 'workers'?", "steps: 0 is below 1; raise it."]);

        return new JobOutline
        {
            Name = job,
            MinWorkers = MinWorkers,
            MaxWorkers = MaxWorkers,
            DeviceKind = "cpu",
            TotalSteps = Steps,
            FirstStage = "alignment",
            FirstPhase = "mixed",
        };
    }

    public IReplica StartReplica(WorkerStart start, string name, Action changed)
    {
        var replica = new ScriptedReplica(this, name, changed);
        Replicas.Add(replica);
        if (TroubleOf(name) is { } trouble) replica.Fail(trouble);
        return replica;
    }

    public ScriptedGroup GroupOf(WorkerAssignment assignment) =>
        _groups.GetOrAdd((assignment.Generation, assignment.Secret), _ => new ScriptedGroup(assignment.Members.Count));

    public string WeightsOf(ScriptedReplica replica) => ScriptedGroup.WeightsAfter(Steps) + (WeightsDiffer ? replica.Name : "");

    public StepReport StepOf(int step) => new()
    {
        Step = step,
        Stage = step <= Steps / 2 ? "alignment" : "instruction",
        Phase = "mixed",
        PhaseStep = step <= Steps / 2 ? step : step - (Steps / 2),
        Loss = step == SkippedStep ? double.NaN : Loss(step),
        Skipped = step == SkippedStep,
        SkippedSamples = step == SkippedStep ? ["sample 3 of dataset 'a'", "sample 9 of dataset 'a'"] : [],
        GradientNorm = 1,
        LearningRate = 1e-3,
        Tokens = 10,
        Seconds = 0.02,
    };
}

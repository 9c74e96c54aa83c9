using HealthGpt.Training.Jobs;
using HealthGpt.Training.State;

namespace HealthGpt.Training.Phases;

/// <summary>What each phase of the curriculum trains and freezes.</summary>
internal sealed record PhaseRoles
{
    /// <summary>The path of comprehension samples; null where a phase has none.</summary>
    public KindRole? Comprehension { get; init; }

    /// <summary>The path of generation samples; null where a phase has none.</summary>
    public KindRole? Generation { get; init; }

    /// <summary>Whether the base's own rows of embedding and head are trained.</summary>
    public bool TrainsTextRows { get; init; }

    /// <summary>Whether the image tokens' rows of embedding and head are trained.</summary>
    public bool TrainsImageRows { get; init; }

    public KindRole this[bool generation] => (generation ? Generation : Comprehension)
        ?? throw new InvalidOperationException($"this phase has no {(generation ? "generation" : "comprehension")} samples");

    public static PhaseRoles Of(TrainingJob job, JobPhase phase, bool generationTask) => (phase.Stage, phase.Name) switch
    {
        (Stages.Alignment, Stages.Comprehension) => new PhaseRoles { Comprehension = SharedComprehension() with { TrainsAdapter = true } },
        (Stages.Alignment, _) => new PhaseRoles
        {
            Generation = SharedGeneration(job) with { TrainsAdapter = true, TrainsHLora = true },
            TrainsImageRows = true,
        },
        (Stages.Adaptation, _) => new PhaseRoles
        {
            Comprehension = SharedComprehension() with { TrainsAdapter = phase.LearningRates.Adapter is not null },
            Generation = SharedGeneration(job) with { TrainsAdapter = phase.LearningRates.Adapter is not null },
            TrainsTextRows = true,
            TrainsImageRows = true,
        },
        _ => OfTask(job, phase.Name, generationTask),
    };

    private static PhaseRoles OfTask(TrainingJob job, string task, bool generation)
    {
        var owner = WeightNames.Plugin(task);
        var role = new KindRole
        {
            Adapter = WeightNames.Adapter(owner),
            TrainsAdapter = true,
            HLora = WeightNames.HLora(owner),
            TrainsHLora = true,
            Alpha = (generation ? job.GenerationHLora : job.ComprehensionHLora).Alpha,
        };
        return generation ? new PhaseRoles { Generation = role } : new PhaseRoles { Comprehension = role };
    }

    // Comprehension has no shared H-LoRA: its B would be zero until the last stage, which is the same as none.
    private static KindRole SharedComprehension() => new() { Adapter = WeightNames.Adapter(WeightNames.Shared(generation: false)) };

    private static KindRole SharedGeneration(TrainingJob job) => new()
    {
        Adapter = WeightNames.Adapter(WeightNames.Shared(generation: true)),
        HLora = WeightNames.HLora(WeightNames.Shared(generation: true)),
        Alpha = job.GenerationHLora.Alpha,
    };
}

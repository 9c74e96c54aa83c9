using HealthGpt.Training.Schedules;

namespace HealthGpt.Training.Jobs;

/// <summary>One phase of the curriculum: a fixed set of trained weights, one kind of samples, one schedule, an optimizer that starts afresh.</summary>
public sealed record JobPhase
{
    /// <summary>Place among the job's phases, from 0.</summary>
    public required int Index { get; init; }

    /// <summary>Stage, one of <see cref="Stages"/>.</summary>
    public required string Stage { get; init; }

    /// <summary>Name within the stage: comprehension, generation, mixed or, in the instruction stage, the task.</summary>
    public required string Name { get; init; }

    /// <summary>Optimizer steps.</summary>
    public required int Steps { get; init; }

    /// <summary>Samples of one step over all workers.</summary>
    public required int Batch { get; init; }

    /// <summary>Peak learning rates.</summary>
    public required LearningRates LearningRates { get; init; }

    /// <summary>Shape of the learning rate over the phase.</summary>
    public required ScheduleKind Schedule { get; init; }

    /// <summary>Steps over which the learning rate rises to its peak.</summary>
    public required int WarmupSteps { get; init; }

    /// <summary>Dropout inside H-LoRA.</summary>
    public required double Dropout { get; init; }

    /// <summary>Tasks whose samples are used; null for the phase's own choice from the dataset.</summary>
    public IReadOnlyList<string>? Tasks { get; init; }

    /// <summary>How a mixed phase mixes; null in others.</summary>
    public MixRatio? Ratio { get; init; }

    /// <summary>Stage and name in one word, unique in the job; names the phase's stream of random numbers.</summary>
    public string Id => $"{Stage}/{Name}";
}

namespace HealthGpt.Training.Replicas;

/// <summary>A moment of a step at which a group may end.</summary>
internal enum StepMoment
{
    /// <summary>All ranks have the whole gradient; this one has not applied it.</summary>
    Reduced,

    /// <summary>This rank has moved the weights of its parts.</summary>
    Applied,

    /// <summary>This rank has the weights of all.</summary>
    Gathered,
}

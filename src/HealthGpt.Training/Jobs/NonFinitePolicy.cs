namespace HealthGpt.Training.Jobs;

/// <summary>What happens to a step whose loss or gradient is infinite or not a number. Nothing of it is ever applied.</summary>
public enum NonFinitePolicy
{
    /// <summary>The job fails and names the step's samples.</summary>
    Stop,

    /// <summary>The step counts as done and changes no weight; the eleventh in a row fails the job.</summary>
    Skip,

    /// <summary>
    /// All workers go back to the last checkpoint and do the steps since then once more, which heals what a fault of a machine spoilt. A step that is no better the second time fails the job.
    /// </summary>
    RollBack,
}

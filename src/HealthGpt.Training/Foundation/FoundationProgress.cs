namespace HealthGpt.Training.Foundation;

/// <summary>Where the making of the foundation stands.</summary>
/// <param name="Part">The part that is trained.</param>
/// <param name="Step">Its step, from 1.</param>
/// <param name="Steps">Its number of steps.</param>
/// <param name="Loss">The step's loss.</param>
/// <param name="Detail">What else is worth watching.</param>
public sealed record FoundationProgress(string Part, int Step, int Steps, double Loss, string Detail);

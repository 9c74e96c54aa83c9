using HealthGpt.Training.Optimizers;

namespace HealthGpt.Training.Replicas;

/// <summary>What a member of a fresh group has.</summary>
/// <param name="Name">Its name.</param>
/// <param name="CommittedSteps">Steps it has applied.</param>
/// <param name="Fingerprint">All that its bits depend on.</param>
/// <param name="Kept">The weights whose moments it has.</param>
/// <param name="Trained">Of how many weights in all.</param>
/// <param name="IsPartial">Whether it has applied the last step to the weights of <paramref name="Kept"/> only.</param>
/// <param name="PendingStep">The step that it could apply; 0 for none.</param>
internal sealed record Standing(string Name, long CommittedSteps, string Fingerprint, IReadOnlyList<WeightRange> Kept, long Trained, bool IsPartial, long PendingStep);

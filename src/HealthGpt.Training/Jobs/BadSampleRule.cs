namespace HealthGpt.Training.Jobs;

/// <summary>What happens to samples that cannot be used.</summary>
/// <param name="Policy">Whether they are left out.</param>
/// <param name="MostShare">The share of all samples, from 0 to 1, that may be left out before the job stops.</param>
public sealed record BadSampleRule(BadSamplePolicy Policy, double MostShare)
{
    /// <summary>How many of so many samples may be left out.</summary>
    /// <param name="samples">All samples.</param>
    public long MostOf(long samples) => (long)Math.Floor(samples * MostShare);
}

using System.Globalization;
using HealthGpt.Cluster.Abstractions.Training;

namespace HealthGpt.Cli.Commands;

/// <summary>Jobs and their events as lines for people.</summary>
internal static class JobLine
{
    public static string Of(JobStatus status)
    {
        var where = status.Stage is null ? "" : $", {status.Stage}/{status.Phase}";
        var weights = status.WeightsSha256 is null ? "" : $", weights {status.WeightsSha256[..12]}";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Word(status.State)}, step {status.CommittedSteps} of {status.TotalSteps}{where}, generation {status.Generation}, trainer on {status.TrainerSilo}{weights}");
    }

    public static string Of(JobEvent happened)
    {
        var parts = new List<string> { happened.At.ToLocalTime().ToString("HH:mm:ss", CultureInfo.InvariantCulture), happened.Type };
        if (happened.Stage is not null)
            parts.Add(happened.Phase is null ? happened.Stage : $"{happened.Stage}/{happened.Phase}");
        if (happened.Step is { } step)
            parts.Add($"step {step}");
        if (happened.Silo is not null)
            parts.Add($"on {happened.Silo}");
        if (happened.Message is not null)
            parts.Add(happened.Message);
        return string.Join("  ", parts);
    }

    private static string Word(JobState state) => state.ToString().ToLowerInvariant();
}

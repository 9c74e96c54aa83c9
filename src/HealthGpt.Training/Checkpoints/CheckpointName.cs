using System.Globalization;

namespace HealthGpt.Training.Checkpoints;

/// <summary>The name of a checkpoint's folder.</summary>
internal static class CheckpointName
{
    private const string Prefix = "step-";

    /// <summary>The name of the checkpoint whose last step is the given one.</summary>
    public static string Of(long step) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{step:D8}");

    /// <summary>The step of a folder's name; null where it is no checkpoint's.</summary>
    public static long? StepOf(string name) =>
        name.StartsWith(Prefix, StringComparison.Ordinal)
        && long.TryParse(name.AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var step)
        && Of(step) == name ? step : null;
}

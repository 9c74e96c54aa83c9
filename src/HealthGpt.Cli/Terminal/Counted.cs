using System.Globalization;

namespace HealthGpt.Cli.Terminal;

/// <summary>Numbers of things as they are written.</summary>
internal static class Counted
{
    /// <summary>As in "1 tensor" and "2 tensors".</summary>
    public static string Of(long count, string thing) => string.Create(CultureInfo.InvariantCulture, $"{count} {thing}{(count == 1 ? "" : "s")}");
}

using System.Globalization;

namespace HealthGpt.Cluster.FolderCluster;

/// <summary>ETags: a counter for the reader of a log, and random digits so that a record deleted and made anew never repeats one.</summary>
internal static class ETags
{
    /// <summary>The tag of the version after <paramref name="previous"/> (null: of a new record).</summary>
    public static string After(string? previous)
    {
        string digits = previous?.Split('-')[0] ?? "0";
        long count = long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out long n) ? n + 1 : 1;
        return string.Create(CultureInfo.InvariantCulture, $"{count}-{Random.Shared.NextInt64():x16}");
    }
}

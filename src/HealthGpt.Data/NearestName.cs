namespace HealthGpt.Data;

/// <summary>Finds what a misspelt name was probably meant to be.</summary>
public static class NearestName
{
    /// <summary>A suggestion, or the list of what is known.</summary>
    /// <param name="name">The misspelt name.</param>
    /// <param name="known">The names there are.</param>
    /// <returns>A clause for a message.</returns>
    public static string Suggest(string name, IReadOnlyCollection<string> known)
    {
        if (known.Count == 0)
            return "there are none";
        return Find(name, known) is { } nearest ? $"did you mean '{nearest}'?" : $"known are {string.Join(", ", known)}";
    }

    /// <summary>The nearest of the known names by edit distance, in which case does not count; null when none is near.</summary>
    /// <param name="name">The misspelt name.</param>
    /// <param name="known">The names there are.</param>
    /// <returns>One of them, or null.</returns>
    public static string? Find(string name, IEnumerable<string> known)
    {
        var (nearest, distance) = known.Select(candidate => (candidate, Distance(name.ToUpperInvariant(), candidate.ToUpperInvariant()))).DefaultIfEmpty(("", int.MaxValue)).MinBy(pair => pair.Item2);
        return distance <= Math.Max(2, name.Length / 3) ? nearest : null;
    }

    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var corner = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var substitute = corner + (a[i - 1] == b[j - 1] ? 0 : 1);
                corner = row[j];
                row[j] = Math.Min(substitute, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[b.Length];
    }
}

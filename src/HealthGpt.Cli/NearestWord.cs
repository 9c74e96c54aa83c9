namespace HealthGpt.Cli;

/// <summary>The word that was probably meant.</summary>
internal static class NearestWord
{
    /// <summary>The nearest of <paramref name="words"/> by edit distance, or null when none is near.</summary>
    public static string? Of(string word, IEnumerable<string> words)
    {
        var nearest = words.Select(known => (Word: known, Distance: Distance(word, known))).OrderBy(pair => pair.Distance).FirstOrDefault();
        return nearest.Word is not null && nearest.Distance <= Math.Max(2, word.Length / 3) ? nearest.Word : null;
    }

    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var substitution = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substitution, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[^1];
    }
}

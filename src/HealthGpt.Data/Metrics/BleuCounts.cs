namespace HealthGpt.Data.Metrics;

/// <summary>
/// What BLEU-4 (Papineni et al. 2002) counts in a text: n-grams of one to four words that a reference has too, each at most as often as the reference that
/// has it most often. Counts of several texts add up to those of the corpus, whose score is no mean of theirs.
/// </summary>
public sealed record BleuCounts
{
    /// <summary>The longest n-grams that are counted. A text of fewer words has none and scores 0 by itself.</summary>
    public const int Orders = 4;

    /// <summary>N-grams shared with a reference, by n from 1 to 4.</summary>
    public required IReadOnlyList<long> Matches { get; init; }

    /// <summary>All n-grams of the texts, by n from 1 to 4.</summary>
    public required IReadOnlyList<long> Totals { get; init; }

    /// <summary>Words of the texts.</summary>
    public required long Length { get; init; }

    /// <summary>Words of the references, of each text the one nearest in length, the shorter of two.</summary>
    public required long ReferenceLength { get; init; }

    /// <summary>BLEU-4 without smoothing: the geometric mean of the four precisions times the brevity penalty.</summary>
    /// <returns>0 to 1; 0 where a precision is, as of every text of under four words by itself.</returns>
    public double Score()
    {
        if (Matches.Any(count => count == 0))
            return 0;
        var logarithm = Enumerable.Range(0, Orders).Sum(n => Math.Log((double)Matches[n] / Totals[n])) / Orders;
        var penalty = Length >= ReferenceLength ? 1 : Math.Exp(1 - ((double)ReferenceLength / Length));
        return penalty * Math.Exp(logarithm);
    }

    /// <summary>Counts one text.</summary>
    /// <param name="text">What was written.</param>
    /// <param name="references">What might have been written; at least one.</param>
    /// <returns>Its counts.</returns>
    public static BleuCounts Of(string text, params IReadOnlyList<string> references)
    {
        if (references.Count == 0)
            throw new ArgumentException("BLEU needs at least one reference", nameof(references));
        var words = AnswerWords.Of(text);
        var others = references.Select(AnswerWords.Of).ToList();
        var orders = Enumerable.Range(1, Orders).ToList();
        return new BleuCounts
        {
            Matches = [.. orders.Select(n => MatchesOf(words, others, n))],
            Totals = [.. orders.Select(n => (long)Math.Max(0, words.Count - n + 1))],
            Length = words.Count,
            ReferenceLength = others.Select(other => other.Count).OrderBy(count => Math.Abs(count - words.Count)).ThenBy(count => count).First(),
        };
    }

    /// <summary>The counts of a corpus.</summary>
    /// <param name="texts">The counts of its texts.</param>
    /// <returns>Their sum.</returns>
    public static BleuCounts Sum(IEnumerable<BleuCounts> texts)
    {
        var (matches, totals) = (new long[Orders], new long[Orders]);
        long length = 0, referenceLength = 0;
        foreach (var text in texts)
        {
            for (var n = 0; n < Orders; n++)
            {
                matches[n] += text.Matches[n];
                totals[n] += text.Totals[n];
            }

            length += text.Length;
            referenceLength += text.ReferenceLength;
        }

        return new BleuCounts { Matches = matches, Totals = totals, Length = length, ReferenceLength = referenceLength };
    }

    private static long MatchesOf(IReadOnlyList<string> words, List<IReadOnlyList<string>> references, int n)
    {
        var allowed = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (gram, count) in references.SelectMany(reference => Grams(reference, n).CountBy(gram => gram)))
            allowed[gram] = Math.Max(count, allowed.GetValueOrDefault(gram));
        return Grams(words, n).CountBy(gram => gram).Sum(gram => (long)Math.Min(gram.Value, allowed.GetValueOrDefault(gram.Key)));
    }

    // Words hold no space.
    private static IEnumerable<string> Grams(IReadOnlyList<string> words, int n) =>
        Enumerable.Range(0, Math.Max(0, words.Count - n + 1)).Select(at => string.Join(' ', words.Skip(at).Take(n)));
}

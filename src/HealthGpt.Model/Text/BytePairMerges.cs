namespace HealthGpt.Model.Text;

/// <summary>The merge rules of a byte-pair encoding: of all neighbours that have a rule, those of the lowest rank are joined first, from the left.</summary>
internal sealed class BytePairMerges
{
    // Below this a scan is faster than a heap.
    private const int LongestScan = 24;

    private readonly Dictionary<long, (int Rank, int Merged)> _rules;

    /// <summary>Creates the rules.</summary>
    /// <param name="capacity">About how many there will be.</param>
    public BytePairMerges(int capacity) => _rules = new Dictionary<long, (int, int)>(capacity);

    /// <summary>All rules.</summary>
    public IEnumerable<(int Left, int Right, int Rank, int Merged)> Rules => _rules.Select(rule => ((int)(rule.Key >> 32), (int)rule.Key, rule.Value.Rank, rule.Value.Merged));

    /// <summary>Adds a rule; a later one for the same pair counts.</summary>
    public void Add(int left, int right, int rank, int merged) => _rules[Key(left, right)] = (rank, merged);

    /// <summary>Joins symbols in place.</summary>
    /// <param name="symbols">Symbols; their first so many are the result.</param>
    /// <returns>How many are left.</returns>
    public int Apply(Span<int> symbols) => symbols.Length <= LongestScan ? ApplyByScan(symbols) : ApplyByHeap(symbols);

    private int ApplyByScan(Span<int> symbols)
    {
        var count = symbols.Length;
        while (true)
        {
            var (best, at, merged) = (int.MaxValue, -1, 0);
            for (var i = 0; i + 1 < count; i++)
            {
                if (!_rules.TryGetValue(Key(symbols[i], symbols[i + 1]), out var rule) || rule.Rank >= best) continue;
                (best, at, merged) = (rule.Rank, i, rule.Merged);
            }

            if (at < 0) return count;
            symbols[at] = merged;
            symbols[(at + 2)..count].CopyTo(symbols[(at + 1)..]);
            count--;
        }
    }

    private int ApplyByHeap(Span<int> symbols)
    {
        var next = new int[symbols.Length];
        var previous = new int[symbols.Length];
        for (var i = 0; i < symbols.Length; i++) (previous[i], next[i]) = (i - 1, i + 1);
        var queue = new PriorityQueue<(int At, int Left, int Right, int Merged), long>(symbols.Length);
        for (var i = 0; i + 1 < symbols.Length; i++) Propose(queue, symbols, i, i + 1);

        while (queue.TryDequeue(out var pair, out _))
        {
            var right = next[pair.At];
            // A neighbour was joined in the meantime: the pair is no more.
            if (symbols[pair.At] != pair.Left || right >= symbols.Length || symbols[right] != pair.Right) continue;
            symbols[pair.At] = pair.Merged;
            symbols[right] = Gone;
            var after = next[right];
            next[pair.At] = after;
            if (after < symbols.Length)
            {
                previous[after] = pair.At;
                Propose(queue, symbols, pair.At, after);
            }

            if (previous[pair.At] >= 0) Propose(queue, symbols, previous[pair.At], pair.At);
        }

        var count = 0;
        for (var i = 0; i < symbols.Length; i = next[i]) symbols[count++] = symbols[i];
        return count;
    }

    private const int Gone = int.MinValue;

    private void Propose(PriorityQueue<(int, int, int, int), long> queue, ReadOnlySpan<int> symbols, int left, int right)
    {
        if (_rules.TryGetValue(Key(symbols[left], symbols[right]), out var rule))
            queue.Enqueue((left, symbols[left], symbols[right], rule.Merged), ((long)rule.Rank << 32) | (uint)left);
    }

    private static long Key(int left, int right) => ((long)left << 32) | (uint)right;
}

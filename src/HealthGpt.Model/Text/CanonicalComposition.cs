using System.Globalization;
using System.Text;

namespace HealthGpt.Model.Text;

/// <summary>
/// Unicode normalisation form C (UAX 15). This project runs without the culture libraries, and without them .NET's own normalisation leaves every text as it is.
/// </summary>
internal static class CanonicalComposition
{
    // Below this no character changes or combines.
    private const char FirstMark = '\u0300';

    private static readonly Lazy<CanonicalTables> Tables = new(CanonicalTables.Load);

    /// <summary>The composed form of a text; lone surrogates become U+FFFD.</summary>
    public static string Normalize(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange(FirstMark, char.MaxValue)) return text;
        var tables = Tables.Value;
        var scalars = new List<int>(text.Length + 16);
        foreach (var rune in text.EnumerateRunes()) tables.Decompose(rune.Value, scalars);
        Order(scalars, tables);
        Compose(scalars, tables);
        var result = new StringBuilder(text.Length);
        foreach (var scalar in scalars) result.Append(new Rune(scalar));
        return result.ToString();
    }

    private static void Order(List<int> scalars, CanonicalTables tables)
    {
        for (var start = 0; start < scalars.Count; start++)
        {
            if (tables.ClassOf(scalars[start]) == 0) continue;
            var end = start + 1;
            while (end < scalars.Count && tables.ClassOf(scalars[end]) != 0) end++;
            if (end - start > 1)
            {
                int[] ordered = [.. scalars.GetRange(start, end - start).OrderBy(tables.ClassOf)];
                for (var i = 0; i < ordered.Length; i++) scalars[start + i] = ordered[i];
            }

            start = end;
        }
    }

    private static void Compose(List<int> scalars, CanonicalTables tables)
    {
        var (starter, last, kept) = (-1, 0, 0);
        for (var at = 0; at < scalars.Count; at++)
        {
            var scalar = scalars[at];
            var order = tables.ClassOf(scalar);
            // A mark is blocked by one of its own or a higher class between it and the starter; a starter by any.
            var adjacent = starter == kept - 1;
            if (starter >= 0 && (adjacent || (last < order && last != 0)) && tables.Composite(scalars[starter], scalar) is { } composite)
            {
                scalars[starter] = composite;
                continue;
            }

            if (order == 0) starter = kept;
            last = order;
            scalars[kept++] = scalar;
        }

        scalars.RemoveRange(kept, scalars.Count - kept);
    }

    /// <summary>Decompositions, compositions and combining classes.</summary>
    private sealed class CanonicalTables
    {
        private const int HangulBase = 0xAC00, LeadBase = 0x1100, VowelBase = 0x1161, TrailBase = 0x11A7;
        private const int Leads = 19, Vowels = 21, Trails = 28, Syllables = Leads * Vowels * Trails;

        private readonly Dictionary<int, int[]> _decompositions = [];
        private readonly Dictionary<(int, int), int> _composites = [];
        private readonly Dictionary<int, int> _classes = [];

        public static CanonicalTables Load()
        {
            var tables = new CanonicalTables();
            using var stream = typeof(CanonicalComposition).Assembly.GetManifestResourceStream("CanonicalData.txt")!;
            using var reader = new StreamReader(stream);
            while (reader.ReadLine() is { } line)
            {
                if (line[0] == '#') continue;
                var numbers = line.TrimStart('!', '@').Split(' ').Select(part => int.Parse(part, NumberStyles.HexNumber, CultureInfo.InvariantCulture));
                tables.Add(line[0], [.. numbers]);
            }

            return tables;
        }

        private void Add(char kind, int[] numbers)
        {
            if (kind == '@')
            {
                for (var scalar = numbers[1]; scalar <= numbers[2]; scalar++) _classes[scalar] = numbers[0];
                return;
            }

            _decompositions[numbers[0]] = numbers[1..];
            if (kind != '!') _composites[(numbers[1], numbers[2])] = numbers[0];
        }

        public int ClassOf(int scalar) => scalar < FirstMark ? 0 : _classes.GetValueOrDefault(scalar);

        public void Decompose(int scalar, List<int> into)
        {
            var syllable = scalar - HangulBase;
            if (syllable is >= 0 and < Syllables)
            {
                into.Add(LeadBase + syllable / (Vowels * Trails));
                into.Add(VowelBase + syllable % (Vowels * Trails) / Trails);
                if (syllable % Trails > 0) into.Add(TrailBase + syllable % Trails);
                return;
            }

            if (!_decompositions.TryGetValue(scalar, out var parts))
            {
                into.Add(scalar);
                return;
            }

            foreach (var part in parts) Decompose(part, into);
        }

        public int? Composite(int first, int second)
        {
            if (first - LeadBase is >= 0 and < Leads && second - VowelBase is >= 0 and < Vowels)
                return HangulBase + ((first - LeadBase) * Vowels + second - VowelBase) * Trails;
            var syllable = first - HangulBase;
            if (syllable is >= 0 and < Syllables && syllable % Trails == 0 && second - TrailBase is > 0 and < Trails) return first + second - TrailBase;
            return _composites.TryGetValue((first, second), out var composite) ? composite : null;
        }
    }
}

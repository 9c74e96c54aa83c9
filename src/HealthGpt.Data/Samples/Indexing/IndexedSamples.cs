using System.Collections;

namespace HealthGpt.Data.Samples.Indexing;

/// <summary>Samples of several sources as one list that reads each when it is asked for.</summary>
internal sealed class IndexedSamples : IReadOnlyList<Sample>
{
    private readonly Part[] _parts;

    private IndexedSamples(IEnumerable<Part> parts)
    {
        _parts = [.. parts];
        for (var at = 0; at < _parts.Length; at++)
        {
            _parts[at] = _parts[at] with { First = Count };
            Count = checked(Count + _parts[at].Count);
        }
    }

    public int Count { get; }

    public Sample this[int index]
    {
        get
        {
            var (source, place) = Find(index);
            return source.Read(place);
        }
    }

    public static IndexedSamples All(IEnumerable<IndexedSource> sources) => new(sources.Select(source => new Part(source, null, 0)));

    public static IndexedSamples OfSplit(IEnumerable<IndexedSource> sources, string split) => new(sources.Select(source => new Part(source, source.PlacesOf(split), 0)));

    public SampleFacts FactsOf(int index)
    {
        var (source, place) = Find(index);
        return source.FactsOf(place);
    }

    public IEnumerator<Sample> GetEnumerator()
    {
        foreach (var part in _parts)
        {
            for (var at = 0; at < part.Count; at++)
                yield return part.Source.Read(part.PlaceOf(at));
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private (IndexedSource Source, int Place) Find(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        var part = _parts.Last(part => part.First <= index && part.Count > 0);
        return (part.Source, part.PlaceOf(index - part.First));
    }

    /// <param name="Source">Where the samples are.</param>
    /// <param name="Places">Their numbers there; null for all.</param>
    /// <param name="First">Samples of the parts before.</param>
    private readonly record struct Part(IndexedSource Source, int[]? Places, int First)
    {
        public int Count => Places?.Length ?? Source.Count;

        public int PlaceOf(int at) => Places?[at] ?? at;
    }
}

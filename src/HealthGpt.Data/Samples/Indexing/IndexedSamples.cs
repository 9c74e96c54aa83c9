using System.Collections;

namespace HealthGpt.Data.Samples.Indexing;

/// <summary>Samples of several sources as one list that reads each when it is asked for. Safe to read from several threads.</summary>
public sealed class IndexedSamples : IReadOnlyList<Sample>
{
    private readonly string _dataset;
    private readonly Part[] _parts;

    private IndexedSamples(string dataset, IEnumerable<Part> parts)
    {
        _dataset = dataset;
        _parts = [.. parts];
        for (var at = 0; at < _parts.Length; at++)
        {
            _parts[at] = _parts[at] with { First = Count };
            Count = checked(Count + _parts[at].Count);
        }
    }

    /// <summary>How many there are.</summary>
    public int Count { get; }

    /// <summary>How many threads read samples side by side where so many work on them: more where pictures come over a network.</summary>
    /// <param name="threads">The threads that work.</param>
    /// <returns>At least as many.</returns>
    public int Readers(int threads) => _parts.Select(part => part.Source.Readers(threads)).DefaultIfEmpty(threads).Max();

    /// <summary>Reads a sample.</summary>
    /// <param name="index">Its place in this list.</param>
    /// <exception cref="DatasetException">It is bad, it changed since the dataset was opened, or a picture of it is gone.</exception>
    public Sample this[int index]
    {
        get
        {
            var (part, place) = Find(index);
            return part.Source.Read(place);
        }
    }

    /// <summary>Reads a sample with what is known of it; hashes of pictures that changed since they were indexed are made anew.</summary>
    /// <param name="index">Its place in this list.</param>
    /// <returns>The sample and the facts.</returns>
    /// <exception cref="DatasetException">It is bad, it changed since the dataset was opened, or a picture of it is gone.</exception>
    public (Sample Sample, SampleFacts Facts) ReadWithFacts(int index)
    {
        var (part, place) = Find(index);
        return part.Source.ReadWithFacts(place);
    }

    /// <summary>What a sample is called where file names have no place.</summary>
    /// <param name="index">Its place in this list.</param>
    /// <returns>The name.</returns>
    public SampleName NameOf(int index)
    {
        var (part, place) = Find(index);
        return new SampleName(_dataset, part.FirstOfSource + place + 1, TrySha256(part.Source, place));
    }

    /// <summary>Where a sample stands, as file:line, also where it cannot be read.</summary>
    /// <param name="index">Its place in this list.</param>
    public string PlaceOf(int index)
    {
        var (part, place) = Find(index);
        return part.Source.PlaceOf(place);
    }

    /// <summary>Reads all samples in order.</summary>
    public IEnumerator<Sample> GetEnumerator()
    {
        foreach (var part in _parts)
        {
            for (var at = 0; at < part.Count; at++)
                yield return part.Source.Read(part.PlaceOf(at));
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal static IndexedSamples All(string dataset, IReadOnlyList<IndexedSource> sources) =>
        new(dataset, Numbered(sources).Select(source => new Part(source.Source, null, source.First, 0)));

    internal static IndexedSamples Of(string dataset, IReadOnlyList<IndexedSource> sources, string task, string split) => new(
        dataset,
        Numbered(sources).Where(source => source.Source.Task == task).Select(source => new Part(source.Source, source.Source.PlacesOf(split), source.First, 0)));

    private static IEnumerable<(IndexedSource Source, int First)> Numbered(IReadOnlyList<IndexedSource> sources)
    {
        var first = 0;
        foreach (var source in sources)
        {
            yield return (source, first);
            first = checked(first + source.Count);
        }
    }

    private static string TrySha256(IndexedSource source, int place)
    {
        try
        {
            return source.Sha256Of(place);
        }
        catch (Exception error) when (error is DatasetException or IOException)
        {
            return "";
        }
    }

    private (Part Part, int Place) Find(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        var part = _parts.Last(part => part.First <= index && part.Count > 0);
        return (part, part.PlaceOf(index - part.First));
    }

    /// <param name="Source">Where the samples are.</param>
    /// <param name="Places">Their numbers there; null for all.</param>
    /// <param name="FirstOfSource">Samples of the sources before, over all tasks and splits.</param>
    /// <param name="First">Samples of the parts before.</param>
    private readonly record struct Part(IndexedSource Source, int[]? Places, int FirstOfSource, int First)
    {
        public int Count => Places?.Length ?? Source.Count;

        public int PlaceOf(int at) => Places?[at] ?? at;
    }
}

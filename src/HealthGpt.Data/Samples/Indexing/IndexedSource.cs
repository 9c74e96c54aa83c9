using System.Buffers.Binary;
using System.Security.Cryptography;
using HealthGpt.Data.Samples.Pictures;
using Microsoft.Win32.SafeHandles;

namespace HealthGpt.Data.Samples.Indexing;

/// <summary>The samples of a source by number. Nothing of them is held in memory: entries and samples are read when they are asked for, from any thread.</summary>
internal sealed class IndexedSource
{
    private const int EntriesAtOnce = 2048;

    private readonly DatasetSource _source;
    private readonly SafeFileHandle _samples;
    private readonly FileStream _index;
    private readonly IndexFooter _footer;
    private readonly ImageRoot _pictures;

    /// <param name="source">The source.</param>
    /// <param name="samples">Its samples file, which stays the one that was indexed even if another is put in its place.</param>
    /// <param name="index">Its index.</param>
    /// <param name="footer">The end of the index, which was found whole.</param>
    public IndexedSource(DatasetSource source, SafeFileHandle samples, FileStream index, IndexFooter footer)
    {
        (_source, _samples, _index, _footer) = (source, samples, index, footer);
        _pictures = ImageRoot.Of(source.Root);
    }

    public string Task => _source.Task.Name;

    public int Count => _footer.Entries;

    /// <summary>How many threads look at pictures side by side where so many work on them.</summary>
    public int Readers(int threads) => _pictures.Readers(threads);

    /// <summary>Numbers of the samples of one split, in order.</summary>
    public int[] PlacesOf(string split)
    {
        var (wanted, places) = (Splits.NumberOf(split), new List<int>());
        var bytes = new byte[EntriesAtOnce * SampleEntry.Size];
        for (var first = 0; first < Count; first += EntriesAtOnce)
        {
            var entries = Math.Min(EntriesAtOnce, Count - first);
            ReadIndex((long)first * SampleEntry.Size, bytes.AsSpan(0, entries * SampleEntry.Size));
            for (var at = 0; at < entries; at++)
            {
                if (SampleEntry.SplitOf(bytes.AsSpan(at * SampleEntry.Size)) == wanted)
                    places.Add(first + at);
            }
        }

        return [.. places];
    }

    /// <summary>Where a sample stands, as file:line.</summary>
    public string PlaceOf(int place) => $"{_source.SamplesPath}:{EntryOf(place).Line}";

    /// <summary>Reads a sample.</summary>
    /// <exception cref="DatasetException">It is bad, it changed since the source was opened, or its pictures did.</exception>
    public Sample Read(int place)
    {
        var entry = EntryOf(place);
        return Parse(entry, JsonOf(entry));
    }

    /// <summary>Reads a sample and what the index knows of it; hashes of pictures that changed since are made anew.</summary>
    /// <exception cref="DatasetException">As of <see cref="Read"/>.</exception>
    public (Sample Sample, SampleFacts Facts) ReadWithFacts(int place)
    {
        var entry = EntryOf(place);
        var json = JsonOf(entry);
        var sample = Parse(entry, json);
        string[] paths = sample.AnswerImage is { } answer ? [.. sample.Images, answer] : [.. sample.Images];
        // The index knows nothing of a sample that was bad and has become good.
        return entry.Bad
            ? (sample, new SampleFacts(Sha256Of(json), sample.AnswerBytes, [.. paths.Select(path => Convert.ToHexStringLower(ImageEntry.Of(path).Sha256))]))
            : (sample, new SampleFacts(Sha256Of(json), entry.AnswerBytes, [.. paths.Select((path, at) => HashOf(path, entry.FirstImage + at))]));
    }

    /// <summary>SHA-256 of a sample as it stands in its file.</summary>
    /// <exception cref="DatasetException">It changed since the source was opened, or there is nothing of it.</exception>
    public string Sha256Of(int place) => Sha256Of(JsonOf(EntryOf(place)));

    private static string Sha256Of(byte[] json) => Convert.ToHexStringLower(SHA256.HashData(json));

    private byte[] JsonOf(SampleEntry entry)
    {
        if (entry.Length == 0)
            throw Unusable(SampleReader.BadLine, $"{_source.SamplesPath}:{entry.Line}: there is no sample");
        var json = new byte[entry.Length];
        if (RandomAccess.Read(_samples, json, entry.Offset) != json.Length || SampleEntry.ChecksumOf(json) != entry.Checksum)
            throw Unusable(null, $"{_source.SamplesPath}:{entry.Line}: the sample changed while the dataset was in use; put changed files in the place of old ones instead of writing into them");
        return json;
    }

    private Sample Parse(SampleEntry entry, byte[] json)
    {
        var reader = new SampleReader(_source, _pictures, new SampleRecord(entry.Offset, entry.Line, json));
        return reader.Read() ?? throw Unusable(reader.Reason, [.. reader.Problems.Select(problem => problem.ToString())]);
    }

    private string HashOf(string path, int mention)
    {
        Span<byte> bytes = stackalloc byte[ImageEntry.Size];
        ReadIndex(_footer.MentionsAt + ((long)mention * sizeof(int)), bytes[..sizeof(int)]);
        ReadIndex(_footer.ImagesAt + ((long)BinaryPrimitives.ReadInt32LittleEndian(bytes) * ImageEntry.Size), bytes);
        var known = ImageEntry.Read(bytes);
        return Convert.ToHexStringLower((known.IsOf(path) ? known : ImageEntry.Of(path)).Sha256);
    }

    private SampleEntry EntryOf(int place)
    {
        Span<byte> bytes = stackalloc byte[SampleEntry.Size];
        ReadIndex((long)place * SampleEntry.Size, bytes);
        return SampleEntry.Read(bytes);
    }

    private void ReadIndex(long offset, Span<byte> bytes)
    {
        if (RandomAccess.Read(_index.SafeFileHandle, bytes, offset) != bytes.Length)
            throw new IOException($"the index '{_index.Name}' was cut short while it was in use; start again");
    }

    private DatasetException Unusable(string? reason, params string[] problems) => new(_source.SamplesPath, problems) { SampleReason = reason };
}

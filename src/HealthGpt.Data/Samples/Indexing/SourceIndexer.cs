using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using HealthGpt.Data.Samples.Pictures;
using HealthGpt.Storage.Locations;

namespace HealthGpt.Data.Samples.Indexing;

/// <summary>Reads a source once, checks every sample, and writes the index of it.</summary>
internal sealed class SourceIndexer(DatasetSource source, BadLines badLines, List<DatasetProblem> problems, CancellationToken cancellationToken) : IDisposable
{
    private readonly ImageRoot _pictures = ImageRoot.Of(source.Root);
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly Dictionary<UInt128, int> _numbers = [];
    private readonly KnownPictures _known = new();
    private readonly List<int> _mentions = [];
    private readonly List<ImageEntry> _images = [];
    private readonly List<string> _unhashed = [];
    private readonly int _before = problems.Count;
    private int _entries;
    private int _bad;
    private int _unread;

    private int Found => problems.Count - _before;

    public void Dispose() => _hash.Dispose();

    /// <summary>Writes the index of a samples file.</summary>
    /// <returns>Whether it is whole; otherwise there are problems, and what was written is of no use.</returns>
    /// <exception cref="IOException">The file cannot be read, or changed meanwhile.</exception>
    public bool Write(FileStream samples, Stream index)
    {
        var fingerprint = SamplesFingerprint.Of(samples.SafeFileHandle);
        using var ahead = new ReadAheadStream(samples);
        foreach (var batch in SampleFile.Batches(source.SamplesPath, ahead, cancellationToken))
        {
            Add(Read(batch.Records), Found == 0 ? index : Stream.Null);
            if (Found >= DatasetException.Most)
                return false;
        }

        if (Found > 0)
            return false;
        if (SamplesFingerprint.Of(samples.SafeFileHandle) != fingerprint)
            throw new IOException($"'{source.SamplesPath}' changed while it was read; start again when it is written");
        Append(index, MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(_mentions)));
        WriteImages(index);
        Append(index, new IndexFooter(fingerprint, _entries, _mentions.Count, _images.Count, _bad + _unread).ToBytes());
        index.Write(_hash.GetHashAndReset());
        return true;
    }

    private Reading[] Read(IReadOnlyList<SampleRecord> records)
    {
        var readings = new Reading[records.Count];
        SideBySide.For(records.Count, Readers(), at => readings[at] = Read(records[at]));
        return readings;
    }

    private Reading Read(SampleRecord record)
    {
        Span<int> pictures = stackalloc int[PlainSample.MostPictures + 1];
        if (PlainSample.TryRead(source, _known, record.Json.Span, pictures, out var plain))
            return Reading.Of(plain, pictures[..plain.Pictures], record);
        var reader = new SampleReader(source, _pictures, record);
        return reader.Read() is { } sample ? Reading.Of(sample, reader.PictureNames, record) : Reading.Of(reader, record);
    }

    private void Add(Reading[] readings, Stream index)
    {
        var bytes = new byte[readings.Length * SampleEntry.Size];
        var end = 0;
        foreach (var reading in readings)
        {
            if (reading.Problems.Count > 0 && (badLines == BadLines.Refused || reading.Ends))
            {
                problems.AddRange(reading.Problems);
                continue;
            }

            if (reading.Problems.Count > 0)
                _bad++;
            (reading.Entry with { FirstImage = _mentions.Count }).Write(bytes.AsSpan(end, SampleEntry.Size));
            end += SampleEntry.Size;
            _mentions.AddRange(reading.Known);
            foreach (var picture in reading.Found)
                _mentions.Add(NumberOf(picture));
            _entries = checked(_entries + 1);
        }

        Append(index, bytes.AsSpan(0, end));
        if (Found == 0)
            HashImages();
    }

    private ParallelOptions Readers() => new() { MaxDegreeOfParallelism = _pictures.Readers(Environment.ProcessorCount), CancellationToken = cancellationToken };

    private int NumberOf(Picture picture)
    {
        if (!_numbers.TryGetValue(picture.Hash, out var number))
        {
            number = _images.Count + _unhashed.Count;
            _numbers.Add(picture.Hash, number);
            _unhashed.Add(picture.Path);
        }

        _known.Add(picture.Name, number);
        return number;
    }

    private void HashImages()
    {
        var hashed = new ImageEntry[_unhashed.Count];
        SideBySide.For(hashed.Length, Readers(), at => hashed[at] = EntryOf(_unhashed[at]));
        _images.AddRange(hashed);
        _unhashed.Clear();
    }

    private ImageEntry EntryOf(string path)
    {
        try
        {
            return ImageEntry.Of(path);
        }
        catch (Exception error) when (badLines == BadLines.Kept && error is (IOException or UnauthorizedAccessException) and not ArtifactException { Fault: ArtifactFault.Unreachable })
        {
            Interlocked.Increment(ref _unread);
            return ImageEntry.Unread;
        }
    }

    private void WriteImages(Stream index)
    {
        var bytes = new byte[ImageEntry.Size];
        foreach (var image in _images)
        {
            image.Write(bytes);
            Append(index, bytes);
        }
    }

    private void Append(Stream index, ReadOnlySpan<byte> bytes)
    {
        index.Write(bytes);
        _hash.AppendData(bytes);
    }

    /// <summary>A picture that was looked for; paths are told apart by hashes of 128 bits, so that a million of them need not be kept.</summary>
    private readonly record struct Picture(string Name, string Path, UInt128 Hash);

    /// <summary>A sample as it was read, with pictures that have numbers or with pictures that were looked for.</summary>
    private readonly record struct Reading(SampleEntry Entry, int[] Known, Picture[] Found, IReadOnlyList<DatasetProblem> Problems)
    {
        /// <summary>Whether the rest of the file cannot be read because of it.</summary>
        public bool Ends { get; private init; }

        public static Reading Of(SampleReader bad, SampleRecord record)
        {
            var entry = EntryOf(record) with { Split = Splits.NumberOf(bad.Split), Bad = true };
            return new Reading(entry, [], [], bad.Problems) { Ends = record.Ends };
        }

        public static Reading Of(PlainSample sample, ReadOnlySpan<int> pictures, SampleRecord record)
        {
            var entry = EntryOf(record) with { AnswerBytes = sample.AnswerBytes, Images = (ushort)pictures.Length, Split = Splits.NumberOf(sample.Split) };
            return new Reading(entry, pictures.ToArray(), [], []);
        }

        public static Reading Of(Sample sample, IReadOnlyList<string> names, SampleRecord record)
        {
            string[] images = sample.AnswerImage is { } answer ? [.. sample.Images, answer] : [.. sample.Images];
            var entry = EntryOf(record) with { AnswerBytes = sample.AnswerBytes, Images = checked((ushort)images.Length), Split = Splits.NumberOf(sample.Split) };
            return new Reading(entry, [], [.. images.Select((path, at) => new Picture(names[at], path, HashOf(path)))], []);
        }

        private static SampleEntry EntryOf(SampleRecord record) => new()
        {
            Offset = record.Offset,
            Length = record.Json.Length,
            Line = record.Line,
            Checksum = SampleEntry.ChecksumOf(record.Json.Span),
            AnswerBytes = 0,
            FirstImage = 0,
            Images = 0,
            Split = 0,
        };

        private static UInt128 HashOf(string path) => XxHash128.HashToUInt128(MemoryMarshal.AsBytes(path.AsSpan()));
    }
}

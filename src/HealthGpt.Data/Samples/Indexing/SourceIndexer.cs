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
        foreach (var batch in SampleFile.Batches(source.SamplesPath, samples, cancellationToken))
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
        SideBySide.For(records.Count, Readers(), at =>
        {
            var reader = new SampleReader(source, _pictures, records[at]);
            readings[at] = reader.Read() is { } sample ? Reading.Of(sample, records[at]) : Reading.Of(reader, records[at]);
        });
        return readings;
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
            for (var image = 0; image < reading.Images.Length; image++)
                _mentions.Add(NumberOf(reading.Images[image], reading.Names[image]));
            _entries = checked(_entries + 1);
        }

        Append(index, bytes.AsSpan(0, end));
        if (Found == 0)
            HashImages();
    }

    private ParallelOptions Readers() => new() { MaxDegreeOfParallelism = _pictures.Readers(Environment.ProcessorCount), CancellationToken = cancellationToken };

    private int NumberOf(string path, UInt128 name)
    {
        if (_numbers.TryGetValue(name, out var number))
            return number;
        number = _images.Count + _unhashed.Count;
        _numbers.Add(name, number);
        _unhashed.Add(path);
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

    /// <summary>A sample as it was read; paths are told apart by hashes of 128 bits, so that a million of them need not be kept.</summary>
    private readonly record struct Reading(SampleEntry Entry, string[] Images, UInt128[] Names, IReadOnlyList<DatasetProblem> Problems)
    {
        /// <summary>Whether the rest of the file cannot be read because of it.</summary>
        public bool Ends { get; private init; }

        public static Reading Of(SampleReader bad, SampleRecord record)
        {
            var entry = EntryOf(record) with { Split = Splits.NumberOf(bad.Split), Bad = true };
            return new Reading(entry, [], [], bad.Problems) { Ends = record.Ends };
        }

        public static Reading Of(Sample sample, SampleRecord record)
        {
            string[] images = sample.AnswerImage is { } answer ? [.. sample.Images, answer] : [.. sample.Images];
            var entry = EntryOf(record) with { AnswerBytes = sample.AnswerBytes, Images = checked((ushort)images.Length), Split = Splits.NumberOf(sample.Split) };
            return new Reading(entry, images, [.. images.Select(NameOf)], []);
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

        private static UInt128 NameOf(string path) => XxHash128.HashToUInt128(MemoryMarshal.AsBytes(path.AsSpan()));
    }
}

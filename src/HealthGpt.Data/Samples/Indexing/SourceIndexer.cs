using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using HealthGpt.Data.Samples.Pictures;

namespace HealthGpt.Data.Samples.Indexing;

/// <summary>Reads a source once, checks every sample, and writes the index of it.</summary>
internal sealed class SourceIndexer(DatasetSource source, List<DatasetProblem> problems, CancellationToken cancellationToken) : IDisposable
{
    private readonly ImageRoot _pictures = ImageRoot.Of(source.Root);
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly Dictionary<UInt128, int> _numbers = [];
    private readonly List<int> _mentions = [];
    private readonly List<ImageEntry> _images = [];
    private readonly List<string> _unhashed = [];
    private int _entries;

    public void Dispose() => _hash.Dispose();

    /// <summary>Writes the index of a samples file.</summary>
    /// <returns>Whether it is whole; otherwise there are problems, and what was written is of no use.</returns>
    /// <exception cref="IOException">The file cannot be read, or changed meanwhile.</exception>
    public bool Write(FileStream samples, Stream index)
    {
        var before = problems.Count;
        var fingerprint = SamplesFingerprint.Of(samples.SafeFileHandle);
        foreach (var batch in SampleFile.Batches(samples, cancellationToken))
        {
            Add(Read(batch.Records), problems.Count == before ? index : Stream.Null);
            if (problems.Count - before >= DatasetException.Most)
                return false;
        }

        if (problems.Count > before)
            return false;
        if (SamplesFingerprint.Of(samples.SafeFileHandle) != fingerprint)
            throw new IOException($"'{source.SamplesPath}' changed while it was read; start again when it is written");
        Append(index, MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(_mentions)));
        WriteImages(index);
        Append(index, new IndexFooter(fingerprint, _entries, _mentions.Count, _images.Count).ToBytes());
        index.Write(_hash.GetHashAndReset());
        return true;
    }

    private Reading[] Read(IReadOnlyList<SampleRecord> records)
    {
        var readings = new Reading[records.Count];
        SideBySide.For(records.Count, Readers(), at =>
        {
            var reader = new SampleReader(source, _pictures, records[at]);
            readings[at] = reader.Read() is { } sample ? Reading.Of(sample, records[at]) : new Reading(default, [], [], reader.Problems);
        });
        return readings;
    }

    private void Add(Reading[] readings, Stream index)
    {
        var bytes = new byte[readings.Length * SampleEntry.Size];
        var end = 0;
        foreach (var reading in readings)
        {
            problems.AddRange(reading.Problems);
            if (reading.Problems.Count > 0)
                continue;
            (reading.Entry with { FirstImage = _mentions.Count }).Write(bytes.AsSpan(end, SampleEntry.Size));
            end += SampleEntry.Size;
            for (var image = 0; image < reading.Images.Length; image++)
                _mentions.Add(NumberOf(reading.Images[image], reading.Names[image]));
            _entries = checked(_entries + 1);
        }

        Append(index, bytes.AsSpan(0, end));
        if (problems.Count == 0)
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
        SideBySide.For(hashed.Length, Readers(), at => hashed[at] = ImageEntry.Of(_unhashed[at]));
        _images.AddRange(hashed);
        _unhashed.Clear();
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
        public static Reading Of(Sample sample, SampleRecord record)
        {
            string[] images = sample.AnswerImage is { } answer ? [.. sample.Images, answer] : [.. sample.Images];
            var entry = new SampleEntry
            {
                Offset = record.Offset,
                Length = record.Json.Length,
                Line = record.Line,
                Checksum = SampleEntry.ChecksumOf(record.Json.Span),
                AnswerBytes = Encoding.UTF8.GetByteCount(sample.Answer ?? "") + sample.FollowUps.Sum(turn => Encoding.UTF8.GetByteCount(turn.Answer)),
                FirstImage = 0,
                Images = checked((ushort)images.Length),
                Split = Splits.NumberOf(sample.Split),
            };
            return new Reading(entry, images, [.. images.Select(NameOf)], []);
        }

        private static UInt128 NameOf(string path) => XxHash128.HashToUInt128(MemoryMarshal.AsBytes(path.AsSpan()));
    }
}

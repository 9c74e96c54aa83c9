using System.Collections.Concurrent;
using HealthGpt.Data.Images;
using HealthGpt.Data.Samples.Pictures;
using HealthGpt.Storage.Files;

namespace HealthGpt.Data.Samples.Statistics;

/// <summary>The figures of a dataset by task and split.</summary>
public sealed class DatasetStatistics
{
    private const int Together = 256;
    private const int MostRemembered = 1 << 14;

    private readonly SortedDictionary<(string Task, int Split), SampleGroup> _groups = [];
    private readonly ConcurrentDictionary<string, (int Width, int Height)?> _sizes = new(StringComparer.Ordinal);

    private DatasetStatistics()
    {
    }

    /// <summary>The figures by task, and by train, validation and test.</summary>
    public IReadOnlyCollection<SampleGroup> Groups => _groups.Values;

    /// <summary>Samples that cannot be read and are left out.</summary>
    public long Bad { get; private set; }

    /// <summary>Samples that count although the size of a picture of theirs cannot be read.</summary>
    public long WithoutSize { get; private set; }

    /// <summary>Reads every sample and the headers of its pictures, in memory that does not grow with them.</summary>
    /// <param name="path">A dataset file or a bare samples file.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>The figures.</returns>
    /// <exception cref="DatasetException">The dataset file is wrong, or a samples file cannot be read or has no sample.</exception>
    public static DatasetStatistics Of(string path, CancellationToken cancellationToken)
    {
        var problems = new List<DatasetProblem>();
        var contents = DatasetContents.Of(path, null, problems);
        var statistics = new DatasetStatistics();
        foreach (var source in contents.Sources)
        {
            try
            {
                if (!statistics.Add(source, cancellationToken))
                    problems.Add(DatasetProblem.NoSample(source.SamplesPath));
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                problems.Add(new DatasetProblem(source.SamplesPath, null, $"cannot be read ({error.Message})"));
            }
        }

        return problems.Count == 0 ? statistics : throw new DatasetException(path, [.. problems.Select(problem => problem.ToString())]);
    }

    /// <returns>Whether there is any sample, good or bad.</returns>
    private bool Add(DatasetSource source, CancellationToken cancellationToken)
    {
        var any = false;
        using var file = OrdinaryFile.OpenRead(source.SamplesPath);
        var pictures = ImageRoot.Of(source.Root);
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = pictures.Readers(Environment.ProcessorCount), CancellationToken = cancellationToken };
        foreach (var records in SampleFile.Batches(source.SamplesPath, file, cancellationToken).SelectMany(batch => batch.Records.Chunk(Together)))
        {
            var read = new (Sample? Sample, IReadOnlyList<(int, int)?> Sizes)[records.Length];
            SideBySide.For(records.Length, parallel, at => read[at] = Read(new SampleReader(source, pictures, records[at])));
            foreach (var (sample, sizes) in read)
                Add(sample, sizes);
            any = true;
        }

        return any;
    }

    private (Sample? Sample, IReadOnlyList<(int, int)?> Sizes) Read(SampleReader reader) =>
        reader.Read() is { } sample ? (sample, [.. reader.Pictures.Select(SizeOf)]) : (null, []);

    private void Add(Sample? sample, IReadOnlyList<(int, int)?> sizes)
    {
        if (sample is null)
        {
            Bad++;
            return;
        }

        if (sizes.Contains(null))
            WithoutSize++;
        var key = (sample.Task, Splits.NumberOf(sample.Split));
        if (!_groups.TryGetValue(key, out var group))
            _groups.Add(key, group = new SampleGroup(sample.Task, sample.Split));
        group.Add(sample, sizes);
    }

    private (int Width, int Height)? SizeOf(string path)
    {
        if (_sizes.TryGetValue(path, out var known))
            return known;
        if (_sizes.Count >= MostRemembered)
            _sizes.Clear();
        return _sizes[path] = ReadSize(path);
    }

    private static (int Width, int Height)? ReadSize(string path)
    {
        try
        {
            var header = ImageHeader.Read(ImageFile.Read(path), path, new ImageReadOptions());
            return (header.Width, header.Height);
        }
        catch (ImageFormatException)
        {
            return null;
        }
    }
}

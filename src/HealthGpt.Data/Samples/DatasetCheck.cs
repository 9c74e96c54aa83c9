using HealthGpt.Data.Samples.Pictures;
using HealthGpt.Storage.Files;

namespace HealthGpt.Data.Samples;

/// <summary>Looks at everything of a dataset, decodes every picture, and goes on to the end whatever is wrong.</summary>
public static class DatasetCheck
{
    // So many samples are looked at side by side before their problems are told in order.
    private const int Together = 256;

    /// <summary>Checks a dataset in memory that does not grow with it.</summary>
    /// <param name="path">A dataset file or a bare samples file.</param>
    /// <param name="report">Hears of every problem: first those of the dataset file, then those of the samples in their order.</param>
    /// <param name="threads">How many threads decode pictures; at least 1.</param>
    /// <param name="cancellationToken">Stops the check.</param>
    /// <returns>The numbers.</returns>
    public static DatasetCheckResult Run(string path, Action<DatasetProblem> report, int threads, CancellationToken cancellationToken)
    {
        var problems = new List<DatasetProblem>();
        var contents = DatasetContents.Of(path, null, problems);
        problems.ForEach(report);
        var fileProblems = problems.Count;
        var sources = new List<SourceCheckResult>();
        foreach (var source in contents.Sources)
        {
            var check = new SourceCheck(source, report, new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellationToken });
            sources.Add(check.Run());
            fileProblems += check.FileProblems;
        }

        if (sources is [{ Samples: > 0 } only] && only.Bad == only.Samples && OtherFile.DatasetOf(path) is { } dataset)
        {
            report(new DatasetProblem(path, null, $"none of its samples is good, but '{dataset}' names it, and says where its pictures lie; check that one"));
            fileProblems++;
        }

        return new DatasetCheckResult(fileProblems, sources);
    }

    private sealed class SourceCheck(DatasetSource source, Action<DatasetProblem> report, ParallelOptions parallel)
    {
        private readonly ImageRoot _pictures = ImageRoot.Of(source.Root);
        private readonly ImageCheck _images = new();
        private long _samples, _bad, _references;

        public int FileProblems { get; private set; }

        public SourceCheckResult Run()
        {
            try
            {
                using var file = OrdinaryFile.OpenRead(source.SamplesPath);
                foreach (var records in SampleFile.Batches(source.SamplesPath, file, parallel.CancellationToken).SelectMany(batch => batch.Records.Chunk(Together)))
                    Check(records);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                Report(new DatasetProblem(source.SamplesPath, null, $"cannot be read ({error.Message})"));
            }

            if (_samples == 0 && FileProblems == 0)
                Report(DatasetProblem.NoSample(source.SamplesPath));
            return new SourceCheckResult(source.SamplesPath, source.Task.Name, _samples, _bad, _references);
        }

        private void Report(DatasetProblem problem)
        {
            report(problem);
            FileProblems++;
        }

        private void Check(SampleRecord[] records)
        {
            // Pictures from elsewhere are fetched by more threads than decode them.
            var readers = new SampleReader[records.Length];
            var reading = new ParallelOptions { MaxDegreeOfParallelism = _pictures.Readers(parallel.MaxDegreeOfParallelism), CancellationToken = parallel.CancellationToken };
            SideBySide.For(records.Length, reading, at => readers[at] = ReadingOf(records[at]));
            var found = new IReadOnlyList<DatasetProblem>[records.Length];
            SideBySide.For(records.Length, parallel, at => found[at] = ProblemsOf(readers[at], records[at].Line));
            foreach (var problem in found.SelectMany(problems => problems))
                report(problem);
            _samples += records.Length;
            _bad += found.Count(problems => problems.Count > 0);
        }

        private SampleReader ReadingOf(SampleRecord record)
        {
            var reader = new SampleReader(source, _pictures, record);
            _ = reader.Read();
            return reader;
        }

        private IReadOnlyList<DatasetProblem> ProblemsOf(SampleReader reader, int line)
        {
            Interlocked.Add(ref _references, reader.Pictures.Count);
            var wrong = reader.Pictures.Distinct().Select(_images.ProblemOf).OfType<string>();
            return [.. reader.Problems, .. wrong.Select(reason => new DatasetProblem(source.SamplesPath, line, reason))];
        }
    }
}

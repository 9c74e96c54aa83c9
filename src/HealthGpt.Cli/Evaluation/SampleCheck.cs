using HealthGpt.Data.Images;
using HealthGpt.Data.Samples;
using HealthGpt.Inference;
using HealthGpt.Inference.Requests;

namespace HealthGpt.Cli.Evaluation;

/// <summary>
/// Sees that every sample can be asked and compared, before any weights are read: its pictures are decoded, and question and answer fit the model's context.
/// </summary>
internal sealed class SampleCheck(SampleSelection selection, EngineTask task, RequestValidator validator, RequestPlanner planner)
{
    /// <summary>Looks at all samples.</summary>
    /// <param name="data">The dataset, for errors.</param>
    /// <param name="badLines">What is known to be wrong with lines of the dataset, of any split; null if nothing is.</param>
    /// <param name="skipBad">Whether bad samples are left out; otherwise they are an error.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The good samples, and the bad ones.</returns>
    /// <exception cref="DatasetException">There are bad samples; it names each by file, line and number, for the operator.</exception>
    public (IReadOnlyList<CheckedSample> Good, IReadOnlyList<SkippedSample> Skipped) Run(
        string data, DatasetException? badLines, bool skipBad, CancellationToken cancellationToken)
    {
        var found = new Finding[selection.Places.Count];
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellationToken };
        Parallel.For(0, found.Length, parallel, at => found[at] = Look(selection.Places[at]));
        var bad = found.Where(finding => finding.Problems.Count > 0).ToList();
        List<string> problems = [.. (badLines?.Problems ?? []).Union(bad.SelectMany(finding => finding.Problems))];
        if (problems.Count > 0 && !skipBad)
            throw new DatasetException(data, problems);
        if (bad.Count == found.Length)
        {
            throw new CommandException(
                ExitCodes.WrongFile, "there is nothing to measure", $"all {bad.Count} samples are bad and were skipped", "run without --skip-bad to see what is wrong with each");
        }

        return ([.. found.SelectMany(finding => finding.Good)], [.. bad.Select(finding => new SkippedSample(finding.Number, finding.Sha256))]);
    }

    private Finding Look(int place)
    {
        var (number, sha256) = (place + 1, (string?)null);
        Sample? sample = null;
        try
        {
            sample = selection.All[place];
            byte[][] images = [.. sample.Images.Select(ImageFile.Read)];
            var answer = sample.AnswerImage is { } path ? ImageFile.Read(path) : null;
            sha256 = CheckedSample.HashOf(sample, images, answer);
            var turns = CheckedSample.TurnsOf(number, sample, images, sha256);
            // The last question has all others before it.
            _ = planner.Plan(validator.Validate(new GenerationRequest { Task = task.Task, Earlier = turns[^1].Earlier, Question = turns[^1].Asked, Images = images }));
            if (answer is not null)
                _ = RgbImage.Decode(answer, "the answer's picture");
            if (sample.Mask is { } mask)
                _ = RgbImage.Decode(ImageFile.Read(mask), "the mask");
            return new Finding(number, sha256, turns, []);
        }
        catch (DatasetException error)
        {
            return new Finding(number, sha256, [], error.Problems);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ImageFormatException or RequestException)
        {
            return new Finding(number, sha256, [], [$"{sample!.Source}: {error.Message} (sample {number})"]);
        }
    }

    private readonly record struct Finding(int Number, string? Sha256, IReadOnlyList<CheckedSample> Good, IReadOnlyList<string> Problems);
}

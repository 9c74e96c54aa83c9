using HealthGpt.Cli.Connection;
using HealthGpt.Cli.LocalInference;
using HealthGpt.Data.Images;
using HealthGpt.Data.Samples;
using HealthGpt.Inference;

namespace HealthGpt.Cli.Evaluation;

/// <summary>Has one plugin answer all samples on an engine of its own, several at a time.</summary>
internal sealed class Asking(EvaluationInput input, EvaluationOptions options)
{
    private const int Ahead = 2;

    /// <summary>Asks every sample.</summary>
    /// <param name="plugin">The plugin.</param>
    /// <param name="take">Takes the answer to the sample of an index; called from several threads.</param>
    /// <param name="cancellationToken">Gives everything up; returns once the device is free.</param>
    public async Task RunAsync(EvaluatedPlugin plugin, Func<int, Answer, CancellationToken, Task> take, CancellationToken cancellationToken)
    {
        var draws = plugin.Chosen.Kind == TaskKind.Generation;
        var engineOptions = plugin.Chosen.LoadedBy(new EngineOptions
        {
            Threads = Environment.ProcessorCount,
            Precision = input.Precision,
            Device = options.Device,
            // Images leave one place to questions, of which there are none here.
            MaxActive = options.Concurrency + (draws ? 1 : 0),
            MaxWaiting = Ahead * options.Concurrency,
            DefaultMaxTokens = input.MaxTokens,
        });
        await using var engine = await InferenceEngine.LoadAsync(input.Model.Folder, engineOptions, cancellationToken);
        // As many again are prepared meanwhile, so that the device waits for no picture.
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Ahead * options.Concurrency, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, input.Samples.Count, parallel, async (at, token) =>
        {
            var request = await RequestOf(plugin.Chosen.Card.Task, input.Samples[at], token);
            await take(at, await LocalAnswer.GatherAsync(engine, request, TextWriter.Null, token), token);
        });
    }

    private static async Task<GenerationRequest> RequestOf(string task, CheckedSample sample, CancellationToken cancellationToken)
    {
        var images = await Task.Run(() => sample.Sample.Images.Select(ImageFile.Read).ToArray(), cancellationToken);
        return new GenerationRequest { Task = task, Earlier = sample.Earlier, Question = sample.Asked, Images = images };
    }
}

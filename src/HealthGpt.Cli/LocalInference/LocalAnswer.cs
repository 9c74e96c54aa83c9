using System.Diagnostics;
using HealthGpt.Cli.Commands;
using HealthGpt.Cli.Connection;
using HealthGpt.Cli.Terminal;
using HealthGpt.Data.Samples;
using HealthGpt.Inference;

namespace HealthGpt.Cli.LocalInference;

/// <summary>Answers one request in this process.</summary>
internal static class LocalAnswer
{
    /// <summary>Checks everything that can be checked without the weights, loads the model with the task's plugin alone, and writes the answer.</summary>
    public static async Task<int> RunAsync(LocalRequest request, CommandOutput output, CancellationToken cancellationToken)
    {
        var checkedRequest = CheckedRequest.Of(request);
        var options = checkedRequest.Plugin.LoadedBy(new EngineOptions
        {
            Threads = Environment.ProcessorCount,
            Precision = checkedRequest.Precision,
            Device = request.Device,
            MaxActive = 1,
            DefaultMaxTokens = request.MaxTokens ?? LocalRequest.PublishedMaxTokens,
        });
        var clock = Stopwatch.StartNew();
        await using var engine = await InferenceEngine.LoadAsync(request.Model, options, cancellationToken);
        var loaded = clock.Elapsed;
        var streams = !output.Json && checkedRequest.Plugin.Kind == TaskKind.Comprehension;
        var answer = await GatherAsync(engine, checkedRequest.Generation, streams ? output.Out : TextWriter.Null, cancellationToken);
        return await WriteAsync(request, answer with { LoadSeconds = Math.Round(loaded.TotalSeconds, 3) }, output, cancellationToken);
    }

    /// <summary>Writes an answer as it comes, and returns it whole.</summary>
    public static async Task<Answer> GatherAsync(InferenceEngine engine, GenerationRequest request, TextWriter stream, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        var text = new System.Text.StringBuilder();
        GenerationChunk? last = null;
        await foreach (var chunk in engine.GenerateAsync(request, cancellationToken))
        {
            text.Append(chunk.Text);
            await stream.WriteAsync(chunk.Text.AsMemory(), cancellationToken);
            await stream.FlushAsync(cancellationToken);
            last = chunk;
        }

        return new Answer
        {
            Text = text.ToString(),
            Tokens = last?.Tokens ?? 0,
            ImagePng = last?.ImagePng,
            Finish = last?.Finish?.ToString().ToLowerInvariant(),
            Seconds = Math.Round(clock.Elapsed.TotalSeconds, 3),
        };
    }

    private static async Task<int> WriteAsync(LocalRequest request, Answer answer, CommandOutput output, CancellationToken cancellationToken)
    {
        if (answer.ImagePng is null)
        {
            // As text it was streamed already.
            output.Result("", answer);
            return ExitCodes.Done;
        }

        await OutputFile.WriteAsync(request.Out!, answer.ImagePng, cancellationToken);
        output.Result($"image written to {request.Out}", answer with { ImagePng = null, Text = request.Out! });
        return ExitCodes.Done;
    }
}

using System.Runtime.CompilerServices;
using HealthGpt.Cluster.Abstractions.Serving;
using HealthGpt.Data.Samples;
using HealthGpt.Inference;

namespace HealthGpt.Cluster.Serving;

/// <summary>An <see cref="InferenceEngine"/> in the words of the cluster's messages.</summary>
internal sealed class LoadedEngine(InferenceEngine engine) : IServingEngine
{
    public IReadOnlyList<ServedTask> Tasks { get; } = engine.Tasks
        .Select(task => new ServedTask
        {
            Task = task.Task,
            Kind = task.Kind == TaskKind.Generation ? "generation" : "comprehension",
            Plugin = task.Task,
            DefaultPrompt = task.DefaultPrompt,
        })
        .ToArray();

    public async IAsyncEnumerable<InferenceChunk> GenerateAsync(InferenceRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var translated = new GenerationRequest { Task = request.Task, Question = request.Question, Images = request.Images, MaxTokens = request.MaxTokens };
        await using var chunks = engine.GenerateAsync(translated, cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (await MoveNextAsync(chunks))
        {
            var chunk = chunks.Current;
            yield return new InferenceChunk { Text = chunk.Text, Tokens = chunk.Tokens, ImagePng = chunk.ImagePng, Finish = Word(chunk.Finish) };
        }
    }

    public ValueTask DisposeAsync() => engine.DisposeAsync();

    private static async Task<bool> MoveNextAsync(IAsyncEnumerator<GenerationChunk> chunks)
    {
        try
        {
            return await chunks.MoveNextAsync();
        }
        catch (RequestException error)
        {
            throw new InferenceRequestException(error.Param, error.Message);
        }
        catch (Exception error) when (error is EngineBusyException or EngineStoppedException or NonFiniteNumbersException)
        {
            throw new ServingUnavailableException(error.Message);
        }
    }

    private static string? Word(FinishReason? finish) => finish switch
    {
        FinishReason.Stop => "stop",
        FinishReason.Length => "length",
        _ => null,
    };
}

using System.Diagnostics;
using HealthGpt.Benchmarks.Subjects;
using HealthGpt.Data.Samples;
using HealthGpt.Inference;

namespace HealthGpt.Benchmarks.Decoding;

/// <summary>Questions to an engine about held-out slices, each answered with the same number of tokens.</summary>
internal sealed class EngineQuestions : IDisposable
{
    private readonly InferenceEngine _engine;
    private readonly GenerationRequest[] _requests;
    private readonly int _tokens;

    public EngineQuestions(string folder, EngineOptions options, int tokens, int questions)
    {
        _tokens = tokens;
        _engine = InferenceEngine.LoadAsync(folder, options).GetAwaiter().GetResult();
        _requests = [.. Dataset.Load(Repository.Dataset).Select("vqa", "validation").DistinctBy(sample => sample.Images[0]).Take(questions).Select(Request)];
    }

    /// <summary>Asks the first question.</summary>
    /// <returns>Time to the first token.</returns>
    public TimeSpan FirstToken() => AskAsync(_requests[0], Stopwatch.GetTimestamp()).GetAwaiter().GetResult();

    /// <summary>Asks all questions, each once the one before is answered.</summary>
    /// <returns>Mean time to the first token, counted from when all of them were there.</returns>
    public TimeSpan OneByOne()
    {
        var start = Stopwatch.GetTimestamp();
        return Mean([.. _requests.Select(request => AskAsync(request, start).GetAwaiter().GetResult())]);
    }

    /// <summary>Asks all questions at once.</summary>
    /// <returns>Mean time to the first token.</returns>
    public TimeSpan AtOnce()
    {
        var start = Stopwatch.GetTimestamp();
        return Mean(Task.WhenAll(_requests.Select(request => Task.Run(() => AskAsync(request, start)))).GetAwaiter().GetResult());
    }

    public void Dispose() => _engine.DisposeAsync().AsTask().GetAwaiter().GetResult();

    private async Task<TimeSpan> AskAsync(GenerationRequest request, long start)
    {
        TimeSpan? first = null;
        var tokens = 0;
        await foreach (var chunk in _engine.GenerateAsync(request))
        {
            first ??= Stopwatch.GetElapsedTime(start);
            tokens = chunk.Tokens;
        }

        return tokens == _tokens && first is { } time ? time : throw new InvalidOperationException($"the answer has {tokens} tokens, not {_tokens}, so its time says nothing");
    }

    private GenerationRequest Request(Sample sample) => new()
    {
        Task = ServedModel.Task,
        Question = sample.Question,
        Images = [File.ReadAllBytes(sample.Images[0])],
        MaxTokens = _tokens,
    };

    private static TimeSpan Mean(TimeSpan[] times) => times.Aggregate(TimeSpan.Zero, (sum, time) => sum + time) / times.Length;
}

using System.Diagnostics;
using HealthGpt.Cli.Connection;
using HealthGpt.Cli.Demo.Results;
using HealthGpt.Cli.Evaluation.Baselines;
using HealthGpt.Cluster.Abstractions.Serving;
using HealthGpt.Data.Images;
using HealthGpt.Data.Samples;

namespace HealthGpt.Cli.Demo;

/// <summary>The demo's second half: the trained plugins behind the gateway, asked about held-out slices.</summary>
internal sealed class Serving(ClusterConnection connection, Dataset dataset, LocalSilos silos)
{
    private const int Replicas = 2;
    private const int Concurrency = 6;
    private const string Trained = "train";
    private const string HeldOut = "validation";
    private const int LongestAnswer = 32;

    private static readonly TimeSpan AnswerDeadline = TimeSpan.FromSeconds(90);

    /// <summary>Has the model served, and waits until it is.</summary>
    public Task<ServingStatus> StartAsync(string modelFolder, CancellationToken cancellationToken) =>
        connection.ServeAsync(modelFolder, Math.Min(Replicas, silos.Alive.Count()), silos.DemandAlive, cancellationToken);

    /// <summary>The held-out closed questions of the tasks that are served.</summary>
    public IReadOnlyList<Sample> ClosedQuestions(ServingStatus serving) =>
        [.. HeldOutOf(serving, TaskKind.Comprehension).Where(sample => sample is { Closed: true, Answer: not null })];

    /// <summary>The held-out samples of one served task that draws, or of all served tasks of a kind.</summary>
    public IEnumerable<Sample> HeldOutOf(ServingStatus serving, TaskKind kind) => serving.Tasks.Select(served => served.Task).Distinct()
        .Where(task => dataset.Tasks.TryGetValue(task, out var definition) && definition.Kind == kind)
        .SelectMany(task => dataset.Select(task, HeldOut));

    public async Task<AnsweredQuestion> AskAsync(Sample sample, CancellationToken cancellationToken)
    {
        var answer = await connection.AskAsync(await RequestOf(sample, cancellationToken), AnswerDeadline, cancellationToken);
        return new AnsweredQuestion
        {
            Image = string.Join(", ", sample.Images),
            Task = sample.Task,
            Question = QuestionText.Of(sample),
            Kind = sample.QuestionKind ?? sample.Task,
            Answer = answer.Text,
            Truth = sample.Answer ?? "",
            Seconds = Math.Round(answer.Seconds, 3),
        };
    }

    public async Task<Answer> DrawAsync(Sample sample, CancellationToken cancellationToken) =>
        await connection.AskAsync(await RequestOf(sample, cancellationToken) with { MaxTokens = null }, AnswerDeadline, cancellationToken);

    /// <summary>Asks all questions, a few at a time.</summary>
    public async Task<ClosedQuestions> EvaluateAsync(IReadOnlyList<Sample> questions, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        var answers = new AnsweredQuestion[questions.Count];
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Concurrency, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, questions.Count, parallel, async (i, token) => answers[i] = await AskAsync(questions[i], token));
        return Results.ClosedQuestions.Of(answers, Blind(questions), Math.Round(clock.Elapsed.TotalSeconds, 2));
    }

    private BlindGuess Blind(IReadOnlyList<Sample> questions) =>
        new(questions.Select(question => question.Task).Distinct().SelectMany(task => dataset.Select(task, Trained)), questions.Select(QuestionText.Of));

    private static async Task<InferenceRequest> RequestOf(Sample sample, CancellationToken cancellationToken)
    {
        var images = await Task.WhenAll(sample.Images.Select(path => Task.Run(() => ImageFile.Read(path), cancellationToken)));
        return new InferenceRequest { Task = sample.Task, Question = sample.Question, Images = images, MaxTokens = LongestAnswer };
    }
}

using System.Text.Json;
using HealthGpt.Cli.Connection;
using HealthGpt.Cli.Demo.Pictures;
using HealthGpt.Cli.Demo.Results;
using HealthGpt.Cli.Evaluation.Baselines;
using HealthGpt.Cli.Pictures;
using HealthGpt.Cli.Progress;
using HealthGpt.Cli.Terminal;
using HealthGpt.Cluster.Abstractions.Serving;
using HealthGpt.Cluster.Abstractions.Training;
using HealthGpt.Data.Samples;
using HealthGpt.Model;
using HealthGpt.Training.Jobs;
using Spectre.Console;

namespace HealthGpt.Cli.Demo;

/// <summary>The demo from start to end. Whatever happens on the way, the processes it started end with it.</summary>
internal sealed class DemoRun : IAsyncDisposable
{
    private readonly DemoOptions _options;
    private readonly CommandOutput _output;
    private readonly DemoFiles _files;
    private readonly Dataset _dataset;
    private readonly TrainingJob _job;
    private readonly JobSubmission _submission;
    private readonly HealthGptModel _model;
    private readonly EventLog _events;
    private readonly ITrainingProgress _progress;
    private readonly LocalSilos _silos = new(FreePorts.Take);
    private readonly ClusterConnection _connection;
    private readonly MemorySampler _memory;
    private readonly Stopwatches _clocks = new();

    private DemoRun(DemoOptions options, CommandOutput output, DemoInput input, DemoFiles files)
    {
        _options = options;
        _output = output;
        _files = files;
        _dataset = input.Dataset;
        (_job, _submission) = input.Job;
        _model = input.Model;
        _progress = output.Interactive ? new BarProgress(AnsiConsole.Console) : new LineProgress(output);
        _events = new EventLog(files.Events, _progress);
        _connection = new ClusterConnection(files.Cluster, files.ClientLog);
        _memory = new MemorySampler(() => _silos.Alive.Select(child => child.ProcessId).Append(Environment.ProcessId));
    }

    /// <summary>How long the demo may take to end in good order: its processes first, then its own connection.</summary>
    public static TimeSpan StopBound => LocalSilos.StopBound + TimeSpan.FromSeconds(5);

    public static async Task<int> RunAsync(DemoOptions options, CommandOutput output, CancellationToken cancellationToken)
    {
        var files = new DemoFiles(options.Out);
        using var input = DemoInput.Read(options, files, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        using var folder = DemoFolder.Open(files);
        folder.Clear();
        await File.WriteAllTextAsync(files.Job, input.Job.Submission.Yaml, cancellationToken);
        await using var run = new DemoRun(options, output, input, files);
        await run.RunAsync(cancellationToken);
        return ExitCodes.Done;
    }

    public async ValueTask DisposeAsync()
    {
        // Silos first: the client's farewell to a silo that is going anyway only takes time.
        await _silos.DisposeAsync();
        await _connection.DisposeAsync();
        await _memory.DisposeAsync();
        _events.Dispose();
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        _output.Line($"Starting {DemoOptions.Silos} silo processes on this machine.");
        await _clocks.MeasureAsync("start", () => StartAsync(cancellationToken));

        _output.Line($"Training {_job.TotalSteps} steps on up to {_job.Workers.Max} workers ({_job.Precision.ToString().ToLowerInvariant()}); one process will {(_options.Kill ? "" : "not ")}be killed.");
        var training = new Training(_options, _job, _submission, _connection, _silos, _events, _progress);
        var status = await _clocks.MeasureAsync("train", () => training.RunAsync(cancellationToken));
        await training.Losses.WriteAsync(_files.Losses, _dataset.Tasks, cancellationToken);

        var serving = new Serving(_connection, _dataset, _silos);
        var served = await _clocks.MeasureAsync("load", () => serving.StartAsync(status.ModelFolder!, cancellationToken));
        _output.Line($"Serving {string.Join(", ", served.Tasks.Select(task => task.Task))} on {string.Join(", ", served.Replicas.Select(replica => replica.Silo))}.");

        var closed = serving.ClosedQuestions(served);
        var questions = await _clocks.MeasureAsync("ask", () => AskTwoAsync(serving, closed, cancellationToken));
        var images = await _clocks.MeasureAsync("draw", () => new Drawing(serving, new TokenizerCeiling(_model.ImageTokenizer)).DrawAsync(served, cancellationToken));
        ComparisonSheet.Write(_files.Comparison, images);
        closed = [.. closed.Take(_options.Questions)];
        _output.Line($"Asking {closed.Count} held-out closed questions.");
        var evaluation = await _clocks.MeasureAsync("evaluate", () => serving.EvaluateAsync(closed, cancellationToken));

        var report = ReportOf(status, training, _model.ImageVocabulary.Added, questions, evaluation, [.. images.Select(image => image.Figures)]);
        WriteCurves(training.Losses, report.ImageWords);
        await File.WriteAllTextAsync(_files.Answers, JsonSerializer.Serialize(report, CommandOutput.IndentedJsonForm), cancellationToken);
        _output.Result(DemoSummary.Of(report, _files), report);
    }

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        await _silos.StartAsync(_files, _options.StartDeadline, cancellationToken);
        foreach (var silo in _silos.Children)
            _events.Add("silo", $"{silo.Name} is ready (process {silo.ProcessId}, ports {silo.Configuration.SiloPort} and {silo.Configuration.GatewayPort})", silo.Name);
    }

    private async Task<IReadOnlyList<AnsweredQuestion>> AskTwoAsync(Serving serving, IReadOnlyList<Sample> closed, CancellationToken cancellationToken)
    {
        var answered = new List<AnsweredQuestion>();
        foreach (var sample in closed.GroupBy(sample => sample.QuestionKind).Select(kind => kind.ElementAt(kind.Count() / 2)).Take(2))
        {
            var question = await serving.AskAsync(sample, cancellationToken);
            answered.Add(question);
            _output.Line($"  {question.Image}\n    question: {question.Question}\n    answer:   {question.Answer}\n    truth:    {question.Truth}");
        }

        return answered;
    }

    private DemoReport ReportOf(
        JobStatus status, Training training, int newTokens, IReadOnlyList<AnsweredQuestion> questions, ClosedQuestions evaluation, IReadOnlyList<DrawnImage> images)
    {
        PhaseLearning[] learning = [.. _job.Phases.Select(phase => PhaseLearning.Of(
            phase.Stage, LossLog.KindOf(phase.Stage, phase.Name, _dataset.Tasks), phase.Name, [.. training.Losses.Of(phase).Select(step => step.Loss)]))];
        var words = learning.FirstOrDefault(phase => phase is { Stage: Stages.Alignment, Phase: Stages.Generation });
        return new DemoReport
        {
            Job = new JobSummary
            {
                Name = status.Name,
                Steps = status.TotalSteps,
                MaxWorkers = _job.Workers.Max,
                Precision = _job.Precision.ToString().ToLowerInvariant(),
                Generations = status.Generation,
                WeightsSha256 = status.WeightsSha256,
                ModelFolder = status.ModelFolder,
            },
            Killed = training.Killed,
            NobodyKilled = training.WhyNobody,
            Learning = learning,
            ImageWords = words is null ? null : new ImageWords { NewTokens = newTokens, FinalLoss = words.LastFifth },
            Questions = questions,
            ClosedQuestions = evaluation,
            Images = images,
            Memory = _memory.Peak,
            Seconds = _clocks.Seconds,
        };
    }

    private void WriteCurves(LossLog losses, ImageWords? words)
    {
        LossCurve[] curves = [.. _job.Phases.Select(phase =>
        {
            var steps = losses.Of(phase);
            var isWords = words is not null && phase is { Stage: Stages.Alignment, Name: Stages.Generation };
            return new LossCurve(
                $"{phase.Stage}: {phase.Name}", steps.Count == 0 ? 0 : steps[0].Step, [.. steps.Select(step => step.Loss)],
                isWords ? words!.LogOfNewTokens : null, isWords ? $"blind guess among {words!.NewTokens} image tokens" : null);
        })];
        LossCurves.Write(_files.LossCurves, curves, "Loss by stage (slices of one subject: says nothing about other patients)");
    }
}

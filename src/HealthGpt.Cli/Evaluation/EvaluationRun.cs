using System.Text.Json;
using HealthGpt.Cli.Evaluation.Pages;
using HealthGpt.Cli.Evaluation.Results;
using HealthGpt.Cli.Progress;
using HealthGpt.Cli.Terminal;
using HealthGpt.Data.Metrics;
using HealthGpt.Data.Samples;

namespace HealthGpt.Cli.Evaluation;

/// <summary>An evaluation from start to end. Until the end nothing is at the place of its results.</summary>
internal sealed class EvaluationRun
{
    private readonly EvaluationOptions _options;
    private readonly CommandOutput _output;
    private readonly EvaluationInput _input;
    private readonly EvaluationFolder _folder;
    private readonly ITaskEvaluation _task;
    private readonly EvaluationProgress _progress;
    private readonly Stopwatches _clocks = new();

    private EvaluationRun(EvaluationOptions options, CommandOutput output, EvaluationInput input, EvaluationFolder folder)
    {
        _options = options;
        _output = output;
        _input = input;
        _folder = folder;
        _task = input.Selection.Task.Kind == TaskKind.Generation ? new GenerationEvaluation(input, folder, options.Device) : new ComprehensionEvaluation(input);
        _progress = new EvaluationProgress(output);
    }

    public static async Task<int> RunAsync(EvaluationOptions options, CommandOutput output, CancellationToken cancellationToken)
    {
        using var folder = EvaluationFolder.Create(options.Out);
        var input = EvaluationInput.Read(options, cancellationToken);
        await new EvaluationRun(options, output, input, folder).RunAsync(cancellationToken);
        return ExitCodes.Done;
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        var selection = _input.Selection;
        var plugins = _input.Plugins.Count == 1 ? "a plugin" : "two plugins";
        _output.Line($"Measuring {plugins} by {_input.Samples.Count} questions of {selection.All.Count} {selection.Split} samples of the task {selection.Task.Name}.");
        for (var plugin = 0; plugin < _input.Plugins.Count; plugin++)
            await AskAsync(plugin, cancellationToken);
        await _clocks.MeasureAsync("references", () => ScoreReferencesAsync(cancellationToken));
        var report = await _clocks.MeasureAsync("intervals", () => Task.FromResult(ReportOf(cancellationToken)));
        report = report with { Seconds = _clocks.Seconds };
        await WriteAsync(report, cancellationToken);
        _folder.Complete();
        Warn(report);
        _output.Result(EvaluationSummary.Of(report, _options.Out), report);
    }

    private Task AskAsync(int plugin, CancellationToken cancellationToken)
    {
        var evaluated = _input.Plugins[plugin];
        return _clocks.MeasureAsync($"plugin {evaluated.Label}", () =>
            _progress.ShowAsync($"Asking plugin {evaluated.Label}", _input.Samples.Count, advance => new Asking(_input, _options).RunAsync(
                evaluated,
                async (sample, answer, token) =>
                {
                    await _task.TakeAsync(plugin, sample, answer, token);
                    advance();
                },
                cancellationToken)));
    }

    private Task ScoreReferencesAsync(CancellationToken cancellationToken) =>
        _progress.ShowAsync("Scoring what the answers are held against", _input.Samples.Count, advance =>
        {
            _task.ScoreReferences(advance, cancellationToken);
            return Task.CompletedTask;
        });

    private EvaluationReport ReportOf(CancellationToken cancellationToken)
    {
        var bootstrap = new Bootstrap { Seed = (ulong)_options.Seed };
        return new EvaluationReport
        {
            Task = _input.Selection.Task.Name,
            Kind = _input.Selection.Task.Kind,
            Split = _input.Selection.Split,
            Dataset = DatasetDescription.Of(_input),
            Model = ModelDescription.Of(_input.Model.Manifest),
            Plugins = [.. _input.Plugins.Select((plugin, at) => PluginDescription.Of(plugin, _task.CutAnswers(at)))],
            Settings = EvaluationSettings.Of(_input, _options, bootstrap, _task.Resolution),
            Versions = SoftwareVersions.Here,
            Groups = _task.Figures(bootstrap, cancellationToken),
            Seconds = new Dictionary<string, double>(),
        };
    }

    private async Task WriteAsync(EvaluationReport report, CancellationToken cancellationToken)
    {
        await File.WriteAllTextAsync(_folder.Metrics, JsonSerializer.Serialize(report, CommandOutput.IndentedJsonForm) + "\n", cancellationToken);
        await using (var answers = new StreamWriter(_folder.Answers) { NewLine = "\n" })
        {
            for (var sample = 0; sample < _input.Samples.Count; sample++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                await answers.WriteLineAsync(JsonSerializer.Serialize(_task.Line(sample), CommandOutput.JsonForm));
            }
        }

        await using var page = new StreamWriter(_folder.Report) { NewLine = "\n" };
        ReportPage.Write(page, report, _task, cancellationToken);
    }

    private void Warn(EvaluationReport report)
    {
        foreach (var plugin in report.Plugins.Where(plugin => plugin.CutAnswers > 0))
            Warn($"{plugin.CutAnswers} answers of plugin {plugin.Label} were cut at {report.Settings.MaxTokens} tokens; raise --max-tokens if they should end by themselves");
        if (report.Dataset.Skipped.Count > 0)
            Warn($"{report.Dataset.Skipped.Count} bad samples were left out; run without --skip-bad to see what is wrong with each");
    }

    private void Warn(string text)
    {
        _output.Error.WriteLine($"warning: {text}");
    }
}

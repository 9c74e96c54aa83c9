using System.Globalization;
using HealthGpt.Cli.Pictures;
using HealthGpt.Cli.Progress;
using HealthGpt.Cli.Terminal;
using HealthGpt.Cluster.Abstractions.Training;
using HealthGpt.Cluster.Training;
using HealthGpt.Storage.Files;
using HealthGpt.Training.Jobs;
using HealthGpt.Training.Replicas;

namespace HealthGpt.Cli.LocalTraining;

/// <summary>All that a run tells: progress, event log and, in the end, the plot.</summary>
internal sealed class RunReport(LocalJob local, RunFolder folder, CommandOutput output, ITrainingProgress progress) : IDisposable
{
    private const int ShownHash = 12;

    private readonly RunLog _log = new(folder.Events, output);
    private readonly List<StepRecord> _steps = [];
    private WrittenCheckpoint? _checkpoint;
    private bool _hasCheckpointProblem;
    private bool _hasToldLeftOut;
    private bool _hasToldPlugins;

    /// <summary>Steps that are committed.</summary>
    public long Steps => _steps.Count;

    public void Tell(RunEvent happened)
    {
        _log.Add(happened);
        if (!output.Json) progress.Event(happened.Message);
    }

    /// <summary>The first group has begun to train.</summary>
    public void Begins(WorkerProgress told)
    {
        _log.GoOnAfter(told.StepsAtStart);
        if (told.StepsAtStart == 0) return;

        Resumes(told);
    }

    /// <summary>A group goes on from fewer steps than were told: those beyond are done, and told, again.</summary>
    public void GoesBack(WorkerProgress told)
    {
        _log.GoOnAfter(told.StepsAtStart);
        if (told.StepsAtStart < Steps) _steps.RemoveRange((int)told.StepsAtStart, (int)(Steps - told.StepsAtStart));
        Resumes(told);
    }

    /// <summary>Takes the steps that are new among all of a worker's.</summary>
    /// <param name="steps">All of them, from the first.</param>
    /// <param name="told">How many of them are from before this run.</param>
    public void Take(IReadOnlyList<StepRecord> steps, long told)
    {
        for (var index = _steps.Count; index < steps.Count; index++)
        {
            var step = steps[index];
            _steps.Add(step);
            _log.Add(StepEvent.Of(step));
            // Of what an earlier run did, the end of each phase is shown.
            var isOld = step.Step < told && steps[index + 1].PhaseStep > 1;
            if (output.Json || isOld) continue;
            progress.Step(step.ToReport());
            if (step.Skipped) progress.Event(Skipped(step));
        }
    }

    /// <summary>Takes what rank 0, which writes the checkpoints, tells of them.</summary>
    public void TakeCheckpoints(string worker, WorkerProgress told)
    {
        if (told.Checkpoint is { } checkpoint && checkpoint.Step > (_checkpoint?.Step ?? 0))
        {
            _checkpoint = checkpoint;
            Tell(new RunEvent { Type = RunEventTypes.Checkpoint, Step = checkpoint.Step, Worker = worker, Checkpoint = checkpoint.Folder, Message = $"checkpoint of step {checkpoint.Step}: {checkpoint.Folder}" });
        }

        // The first of several in a row, so that a full disk does not fill the log.
        if (told.CheckpointProblem is { } problem && !_hasCheckpointProblem)
            Tell(new RunEvent { Type = RunEventTypes.CheckpointProblem, Step = Steps, Worker = worker, Message = problem });
        _hasCheckpointProblem = told.CheckpointProblem is not null;
    }

    /// <summary>Tells once which samples are left out; every worker leaves out the same.</summary>
    public void TakeLeftOut(WorkerProgress told)
    {
        if (told.BadSampleCount == 0 || _hasToldLeftOut) return;

        _hasToldLeftOut = true;
        var count = told.BadSampleCount == 1 ? "1 sample" : $"{told.BadSampleCount} samples";
        Tell(new RunEvent
        {
            Type = RunEventTypes.SamplesLeftOut,
            Message = $"{count} cannot be used: {string.Join("; ", told.BadSamples.Take(LeftOutSamples.MaxShown))}{(told.BadSampleCount > LeftOutSamples.MaxShown ? "; ..." : "")}",
        });
    }

    /// <summary>Tells once which plugins are not in the trained model, of which rank 0 knows.</summary>
    public void TakeLeftOutPlugins(WorkerProgress told)
    {
        if (told.LeftOutPlugins.Count == 0 || _hasToldPlugins) return;

        _hasToldPlugins = true;
        Tell(new RunEvent { Type = RunEventTypes.PluginsLeftOut, Message = LeftOutPlugins.Describe(told.LeftOutPlugins) });
    }

    /// <summary>The run's result, in the log and for whoever started it.</summary>
    public void Complete(WorkerProgress told, TimeSpan took)
    {
        var end = new RunEvent
        {
            Type = RunEventTypes.Completed,
            Job = local.Job.Name,
            Step = Steps,
            Steps = local.Job.TotalSteps,
            WeightsSha256 = told.WeightsSha256,
            ModelFolder = told.ModelFolder,
            Seconds = Math.Round(took.TotalSeconds, 3),
            Message = string.Create(CultureInfo.InvariantCulture, $"'{local.Job.Name}' is trained: {Steps} steps, weights {told.WeightsSha256![..ShownHash]}, {took.TotalSeconds:0} s"),
        };
        _log.Add(end);
        WarnOfSkipped();
        // With --json and without --quiet the log's line is the result.
        if (!output.Json || output.Quiet)
            output.Result($"{end.Message}\n  model: {told.ModelFolder}\n  events: {folder.Events}\n  losses: {folder.LossCurves}", end);
    }

    /// <summary>The run's early end. What has failed is told by the command itself.</summary>
    public void End(bool isInterrupted, string message)
    {
        _log.Add(new RunEvent { Type = isInterrupted ? RunEventTypes.Interrupted : RunEventTypes.Failed, Job = local.Job.Name, Step = Steps, Message = message });
        if (isInterrupted && !output.Json) progress.Event(message);
    }

    public void Plot()
    {
        if (_steps.Count == 0) return;

        var curves = local.Job.Phases
            .Select(phase => (Phase: phase, Steps: _steps.Where(step => step.Stage == phase.Stage && step.Name == phase.Name).ToList()))
            .Where(curve => curve.Steps.Count > 0)
            .Select(curve => new LossCurve($"{curve.Phase.Stage}: {curve.Phase.Name}", curve.Steps[0].Step, [.. curve.Steps.Select(step => step.Loss)]));
        try
        {
            LossCurves.Write(folder.LossCurves, [.. curves], $"Loss of '{local.Job.Name}' by stage");
        }
        catch (Exception exception) when (FileLimit.IsOfFile(exception))
        {
            // A trained model is not lost for want of a plot.
            output.Error.WriteLine($"warning: '{folder.LossCurves}' cannot be written; {FileLimit.ReasonOf(folder.LossCurves, exception)}; the losses are in '{folder.Events}'");
        }
    }

    public void Dispose() => _log.Dispose();

    private void Resumes(WorkerProgress told)
    {
        _checkpoint = told.Checkpoint;
        // Where a worker that is left had the steps, the checkpoint is an older one.
        var from = told.Checkpoint is { } checkpoint && checkpoint.Step == told.StepsAtStart ? checkpoint.Folder : null;
        Tell(new RunEvent
        {
            Type = RunEventTypes.Resumed,
            Step = told.StepsAtStart,
            Checkpoint = from,
            Message = told.StepsAtStart == 0 ? "starts again at the first step: there is no checkpoint" : $"goes on after step {told.StepsAtStart}{(from is null ? "" : $", from {from}")}",
        });
    }

    // Nothing was learnt in them, which neither the end nor the count of steps shows.
    private void WarnOfSkipped()
    {
        var count = _steps.Count(step => step.Skipped);
        if (count == 0) return;

        var atEnd = _steps.AsEnumerable().Reverse().TakeWhile(step => step.Skipped).Count();
        var last = atEnd switch { 0 => "", 1 => ", the last one among them", _ => $", the last {atEnd} among them" };
        output.Error.WriteLine(
            $"warning: {count} of {Steps} steps {(count == 1 ? "was" : "were")} skipped{last}, as their loss or gradient was no finite number; nothing was learnt in them; "
            + $"their samples are in '{folder.Events}'; look at these, lower the learning rate or train in float32");
    }

    private static string Skipped(StepRecord step)
    {
        var samples = step.SkippedSamples.Count == 0 ? ""
            : $"; in its batch: {string.Join("; ", step.SkippedSamples.Take(LeftOutSamples.MaxShown))}{(step.SkippedSamples.Count > LeftOutSamples.MaxShown ? "; ..." : "")}";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{step.Stage} {step.Name} step {step.PhaseStep} was skipped: its loss is {step.Loss} and its gradient's norm is {step.GradientNorm}{samples}");
    }
}

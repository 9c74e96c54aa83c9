using System.Diagnostics;
using HealthGpt.Cli.Connection;
using HealthGpt.Cluster.Abstractions.Training;

namespace HealthGpt.Cli.Demo;

/// <summary>Follows a job by polling its trainer, wherever that is; every event and every committed step comes once.</summary>
internal sealed class JobWatch(ClusterConnection connection, string job, LocalSilos silos, DemoOptions options)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private readonly Stopwatch _sinceChange = Stopwatch.StartNew();
    private long _lastEvent;
    private long _lastStep;
    private string _lastCondition = "";

    /// <summary>Polls until the job has ended and all its steps are known.</summary>
    public async Task<JobStatus> FollowAsync(Action<JobStatus> changed, CancellationToken cancellationToken)
    {
        while (true)
        {
            silos.DemandAlive();
            var status = await connection.AskAsync(
                (grains, token) => grains.GetGrain<ITrainerGrain>(job).GetStatusAsync(_lastEvent, _lastStep, token), DemoOptions.TrainerDeadline, cancellationToken);
            var isNews = Take(status);
            changed(status);
            if (status.HasEnded && (status.State != JobState.Completed || _lastStep >= status.TotalSteps))
                return status;
            if (!isNews)
                await Task.Delay(Pause, cancellationToken);
        }
    }

    private bool Take(JobStatus status)
    {
        var condition = $"{status.State} {status.Generation} {status.CommittedSteps} {status.Workers.Count}";
        var isNews = status.Events.Count > 0 || status.Steps.Count > 0 || condition != _lastCondition;
        _lastCondition = condition;
        _lastEvent = status.Events.Select(happened => happened.Sequence).Append(_lastEvent).Max();
        _lastStep = status.Steps.Select(step => step.Step).Append(_lastStep).Max();
        if (isNews)
            _sinceChange.Restart();
        var deadline = _lastStep == 0 ? options.FirstStepDeadline : DemoOptions.StallDeadline;
        if (_sinceChange.Elapsed > deadline)
            throw Stuck(status, deadline);
        return isNews && status.Steps.Count == JobStatus.MaxSteps;
    }

    private CommandException Stuck(JobStatus status, TimeSpan deadline) => new(
        ExitCodes.Failed,
        $"the job '{job}' stands still",
        $"it is {status.State} at step {status.CommittedSteps} of {status.TotalSteps} and nothing happened for {deadline.TotalSeconds:0} s",
        "look for the reason in the silos' logs, whose last lines follow")
    {
        Details = [.. silos.Children.SelectMany(child => child.Tail().Prepend($"{child.Name} ({child.Configuration.LogFile}):"))],
    };
}

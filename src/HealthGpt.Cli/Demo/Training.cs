using HealthGpt.Cli.Connection;
using HealthGpt.Cli.Demo.Progress;
using HealthGpt.Cli.Demo.Results;
using HealthGpt.Cluster.Abstractions.Training;

namespace HealthGpt.Cli.Demo;

/// <summary>The demo's first half: the job from submission to its last step, with the loss of a process on the way.</summary>
internal sealed class Training(DemoOptions options, DemoJob job, ClusterConnection connection, LocalSilos silos, EventLog events, IDemoProgress progress)
{
    private readonly SiloLot _lot = new(options);

    public LossLog Losses { get; } = new();

    public KilledSilo? Killed => _lot.Killed;

    public async Task<JobStatus> RunAsync(CancellationToken cancellationToken)
    {
        JobStatus? end = null;
        await progress.TrainAsync(job.Job.Phases, async () =>
        {
            await connection.AskAsync(
                (grains, token) => grains.GetGrain<ITrainerGrain>(job.Job.Name).SubmitAsync(job.Submission, token), options.StartDeadline, cancellationToken);
            end = await new JobWatch(connection, job.Job.Name, silos, options).FollowAsync(Take, cancellationToken);
        });
        return end is { State: JobState.Completed } completed ? completed : throw Failed(end!);
    }

    private void Take(JobStatus status)
    {
        foreach (var happened in status.Events)
            events.Add(happened);
        foreach (var step in status.Steps)
        {
            Losses.Add(step);
            progress.Step(step);
        }

        if (_lot.Draw(status, silos) is { } killed)
        {
            var how = options.KillSilo is null ? $"drawn by lot, seed {killed.Seed}" : "chosen by --kill";
            events.Add("killed", $"kill -9 {killed.Silo} (process {killed.ProcessId}, {how}); it held {killed.Held}; {killed.AfterStep} steps are committed", killed.Silo);
        }
    }

    private CommandException Failed(JobStatus end) => new(
        ExitCodes.Failed,
        $"the job '{end.Name}' ended as {end.State.ToString().ToLowerInvariant()}",
        end.Error ?? "it gives no reason",
        "look into the silos' logs, whose last lines follow")
    {
        Details = [.. silos.Children.SelectMany(child => child.Tail().Prepend($"{child.Name} ({child.Configuration.LogFile}):"))],
    };
}

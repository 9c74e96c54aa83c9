using HealthGpt.Cli.Connection;
using HealthGpt.Cli.Demo.Results;
using HealthGpt.Cli.Progress;
using HealthGpt.Cluster.Abstractions.Training;
using HealthGpt.Training.Jobs;

namespace HealthGpt.Cli.Demo;

/// <summary>The demo's first half: the job from submission to its last step, with the loss of a process on the way.</summary>
internal sealed class Training(DemoOptions options, TrainingJob job, JobSubmission submission, ClusterConnection connection, LocalSilos silos, EventLog events, ITrainingProgress progress)
{
    private readonly SiloLot _lot = new(options);

    public LossLog Losses { get; } = new();

    public KilledSilo? Killed { get; private set; }

    /// <summary>Why no silo was killed, once the job has ended.</summary>
    public string? WhyNobody => _lot.WhyNobody();

    public async Task<JobStatus> RunAsync(CancellationToken cancellationToken)
    {
        JobStatus? end = null;
        await progress.TrainAsync(job.Phases, async () =>
        {
            await connection.AskAsync(
                (grains, token) => grains.GetGrain<ITrainerGrain>(job.Name).SubmitAsync(submission, token), options.StartDeadline, cancellationToken);
            end = await new JobWatch(connection, job.Name, silos, options).FollowAsync(Take, cancellationToken);
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

        if (_lot.Draw(status) is { } name)
            Kill(silos.Children.Single(child => child.Name == name), status);
        else if (options.Kill && status.HasEnded && Killed is null)
            events.Add("nobody-killed", $"no process was killed: {WhyNobody}");
    }

    private void Kill(SiloChild child, JobStatus status)
    {
        child.Kill();
        Killed = new KilledSilo { Silo = child.Name, ProcessId = child.ProcessId, Held = SiloLot.HeldBy(child.Name, status), AfterStep = status.CommittedSteps, Seed = options.Seed };
        var how = options.KillSilo is null ? $"drawn by lot, seed {options.Seed}" : "chosen by --kill";
        events.Add("killed", $"kill -9 {child.Name} (process {child.ProcessId}, {how}); it held {Killed.Held}; {Killed.AfterStep} steps are committed", child.Name);
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

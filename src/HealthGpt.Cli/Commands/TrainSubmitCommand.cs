using System.CommandLine;
using HealthGpt.Cli.Terminal;
using HealthGpt.Cluster.Abstractions.Training;
using HealthGpt.Training.Jobs;

namespace HealthGpt.Cli.Commands;

/// <summary>healthgpt train submit: hands a job file to a cluster.</summary>
internal static class TrainSubmitCommand
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    public static Command Create()
    {
        var job = new Argument<string>("job") { Description = "The job file.", HelpName = "JOB.yaml" };
        var cluster = ClusterOption.Create();
        var command = new Command("submit", "Hand a job to a cluster; the same file twice is one job.") { job, cluster };
        command.SetAction((parsed, cancellationToken) =>
            RunAsync(parsed.GetValue(job)!, parsed.GetValue(cluster)!, HealthGptCommand.OutputOf(parsed), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(string path, string cluster, CommandOutput output, CancellationToken cancellationToken)
    {
        // Read here first: a mistake in the file is told without a cluster.
        var full = Path.GetFullPath(path);
        var submission = new JobSubmission { Yaml = TrainingJob.TextOf(path), BaseFolder = Path.GetDirectoryName(full)! };
        var job = TrainingJob.Parse(submission.Yaml, submission.BaseFolder, Path.GetFileName(full));
        await using var connection = ClusterOption.Connect(cluster);
        var status = await connection.AskAsync(
            (grains, token) => grains.GetGrain<ITrainerGrain>(job.Name).SubmitAsync(submission, token), Deadline, cancellationToken);
        output.Result($"submitted '{status.Name}': {JobLine.Of(status)}", status);
        return ExitCodes.Done;
    }
}

using System.CommandLine;
using HealthGpt.Cli.Terminal;
using HealthGpt.Cluster.Abstractions.Training;

namespace HealthGpt.Cli.Commands;

/// <summary>healthgpt train describe: where a job stands.</summary>
internal static class TrainDescribeCommand
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    public static Command Create()
    {
        var name = new Argument<string>("name") { Description = "The job's name.", HelpName = "NAME" };
        var cluster = ClusterOption.Create();
        var command = new Command("describe", "Show where a job stands and what happened to it.") { name, cluster };
        command.SetAction((parsed, cancellationToken) =>
            RunAsync(parsed.GetValue(name)!, parsed.GetValue(cluster)!, HealthGptCommand.OutputOf(parsed), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(string name, string cluster, CommandOutput output, CancellationToken cancellationToken)
    {
        await using var connection = ClusterOption.Connect(cluster);
        var status = await connection.AskAsync(
            (grains, token) => grains.GetGrain<ITrainerGrain>(name).GetStatusAsync(cancellationToken: token), Deadline, cancellationToken);
        var lines = new List<string> { $"'{status.Name}': {JobLine.Of(status)}" };
        lines.AddRange(status.Workers.Select(worker => $"  rank {worker.Rank} on {worker.Silo} ({worker.Device})"));
        lines.AddRange(status.Events.Select(happened => "  " + JobLine.Of(happened)));
        if (status.CheckpointProblem is not null)
            lines.Add($"  checkpoints: {status.CheckpointProblem}");
        if (status.ModelFolder is not null)
            lines.Add($"  model: {status.ModelFolder}");
        if (status.Error is not null)
            lines.Add($"  error: {status.Error}");
        output.Result(string.Join(Environment.NewLine, lines), status);
        return status.State == JobState.Failed ? ExitCodes.Failed : ExitCodes.Done;
    }
}

using System.CommandLine;
using System.Text.Json;
using HealthGpt.Cli.LocalTraining;
using HealthGpt.Cli.Terminal;

namespace HealthGpt.Cli.Commands;

/// <summary>healthgpt train run: trains a job on this machine, without a cluster.</summary>
internal static class TrainRunCommand
{
    public static Command Create()
    {
        var job = new Argument<string>("job") { Description = "The job file.", HelpName = "JOB.yaml" };
        var workers = new Option<int?>("--workers")
        {
            Description = "Worker processes, at most one a shard (the job's workers.min; the result is the same for any number).",
            HelpName = "N",
            CustomParser = result => WholeNumber.Parse(result, 1, 4096),
        };
        var device = Choice.Option<string?>("--device", "Where each worker computes (the job's device.kind)", ("cpu", "cpu"), ("cuda", "cuda"));
        var folder = new Option<string?>("--out") { Description = "Where event log and loss plot are written (beside the checkpoints).", HelpName = "DIR" };
        var print = new Option<bool>("--print") { Description = "Show every effective value as a job file; run nothing." };
        var command = new Command("run", "Train a job on this machine, without a cluster. Run again, it goes on from the last checkpoint.") { job, workers, device, folder, print };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var options = new LocalTrainingOptions
            {
                JobFile = parsed.GetValue(job)!,
                Workers = parsed.GetValue(workers),
                Device = parsed.GetValue(device),
                Out = parsed.GetValue(folder) is { } path ? Path.GetFullPath(path) : null,
            };
            var output = HealthGptCommand.OutputOf(parsed);
            return parsed.GetValue(print) ? Print(options, output) : await RunAsync(options, output, cancellationToken);
        });
        return command;
    }

    private static int Print(LocalTrainingOptions options, CommandOutput output)
    {
        var job = LocalJob.Read(options, demandParts: false).Job;
        output.Out.Write(output.Json ? JsonSerializer.Serialize(job.ToJson(), CommandOutput.JsonForm) + Environment.NewLine : job.ToYaml());
        return ExitCodes.Done;
    }

    private static async Task<int> RunAsync(LocalTrainingOptions options, CommandOutput output, CancellationToken cancellationToken)
    {
        var local = LocalJob.Read(options, demandParts: true, cancellationToken);
        local.CheckParts(cancellationToken);
        using var bounded = HardStop.Bound(LocalRun.StopBound + TimeSpan.FromSeconds(5), cancellationToken);
        await LocalRun.RunAsync(local, output, cancellationToken);
        return ExitCodes.Done;
    }
}

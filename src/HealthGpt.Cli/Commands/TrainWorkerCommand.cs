using System.CommandLine;
using HealthGpt.Cli.LocalTraining;

namespace HealthGpt.Cli.Commands;

/// <summary>healthgpt train worker: one of the processes that 'train run' starts.</summary>
internal static class TrainWorkerCommand
{
    public static Command Create()
    {
        var command = new Command("worker", "One worker of 'train run', which starts it.") { Hidden = true };
        command.SetAction(async (_, cancellationToken) =>
        {
            await WorkerMain.RunAsync(Console.OpenStandardInput(), Console.Out, cancellationToken);
            return ExitCodes.Done;
        });
        return command;
    }
}

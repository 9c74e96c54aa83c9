using System.CommandLine;
using HealthGpt.Cli.Terminal;
using HealthGpt.Silo;

namespace HealthGpt.Cli.Commands;

/// <summary>healthgpt silo: runs one node.</summary>
internal static class SiloCommand
{
    private static readonly TimeSpan HardBound = SiloProcess.StopBound + TimeSpan.FromSeconds(3);

    public static Command Create()
    {
        var config = new Option<string>("--config") { Description = "The node's configuration file.", HelpName = "FILE", Required = true };
        var withParent = new Option<bool>("--with-parent") { Description = "End when standard input closes: the node lives no longer than the process that started it." };
        var command = new Command("silo", "Run a node of a cluster.") { config, withParent };
        command.SetAction((parsed, cancellationToken) => RunAsync(parsed.GetValue(config)!, parsed.GetValue(withParent), HealthGptCommand.OutputOf(parsed), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(string path, bool withParent, CommandOutput output, CancellationToken cancellationToken)
    {
        var configuration = SiloConfiguration.Load(path);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var bounded = HardStop.Bound(HardBound, stop.Token);
        if (withParent)
            ParentWatch.Start(Console.OpenStandardInput(), () => Cancel(stop));

        try
        {
            await SiloProcess.RunAsync(configuration, output.Out, stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Asked to end before it had joined.
        }

        return ExitCodes.Done;
    }

    private static void Cancel(CancellationTokenSource stop)
    {
        try
        {
            stop.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The silo has ended by itself.
        }
    }
}

using System.CommandLine;
using System.CommandLine.Invocation;
using HealthGpt.Cli.Commands;
using HealthGpt.Cli.Terminal;

namespace HealthGpt.Cli;

/// <summary>The healthgpt command: its verbs, and how their ends become exit codes and messages.</summary>
public static class HealthGptCommand
{
    /// <summary>Writes one JSON document, or JSON lines, instead of text.</summary>
    internal static readonly Option<bool> Json = new("--json") { Description = "Write JSON instead of text.", Recursive = true };

    /// <summary>Leaves progress out.</summary>
    internal static readonly Option<bool> Quiet = new("--quiet") { Description = "Leave progress out; write results and errors only.", Recursive = true };

    /// <summary>Runs the command on the console until it ends or a signal asks it to.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        using var signals = Signals.Listen(Console.Error);
        return await RunAsync(args, Console.Out, Console.Error, signals.EndAsync, signals.Token);
    }

    /// <summary>Runs the command; the answer is one of <see cref="ExitCodes"/>.</summary>
    public static Task<int> RunAsync(string[] args, TextWriter output, TextWriter error, CancellationToken cancellationToken) =>
        RunAsync(args, output, error, () => Task.CompletedTask, cancellationToken);

    private static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter error, Func<Task> ending, CancellationToken cancellationToken)
    {
        var parsed = Create().Parse(args);
        if (parsed.Action is ParseErrorAction || (parsed.Errors.Count > 0 && parsed.Action is null))
            return ArgumentErrors.Write(parsed, error);
        if (ArgumentErrors.FindEmpty(parsed.CommandResult) is { } empty)
            return ArgumentErrors.WriteEmpty(empty, parsed, error);

        var configuration = new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
        try
        {
            return await parsed.InvokeAsync(configuration, cancellationToken);
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            // Whatever failed, failed while everything was being ended: Ctrl-C reaches child processes as well.
            await ending();
            await error.WriteLineAsync("interrupted");
            return ExitCodes.Interrupted;
        }
        catch (Exception exception)
        {
            var code = Failures.Write(exception, error);
            if (code == ExitCodes.WrongArguments)
                await error.WriteLineAsync(UsageLine.For(parsed.CommandResult));
            return code;
        }
    }

    /// <summary>Where the verb that was parsed writes.</summary>
    internal static CommandOutput OutputOf(ParseResult parsed) =>
        new(parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error, parsed.GetValue(Json), parsed.GetValue(Quiet));

    private static RootCommand Create()
    {
        var root = new RootCommand("HealthGPT Cluster: trains and serves one medical vision-language model. Research software, not a medical device.")
        {
            DemoCommand.Create(),
            SiloCommand.Create(),
            new Command("train", "Training jobs, on this machine or on a cluster.") { TrainRunCommand.Create(), TrainSubmitCommand.Create(), TrainDescribeCommand.Create(), TrainWorkerCommand.Create() },
            ServeCommand.Create(),
            AskCommand.Create(),
            InferCommand.Create(),
            EvalCommand.Create(),
            new Command("data", "Datasets.") { DataCheckCommand.Create(), DataStatsCommand.Create(), DataConvertCommand.Create(), DataMakeSampleCommand.Create() },
            NanoBuildCommand.Create(),
            new Command("weights", "Weight files.") { WeightsInspectCommand.Create(), WeightsConvertCommand.Create(), WeightsVerifyCommand.Create(), WeightsSynthCommand.Create(), WeightsImportCommand.Create() },
        };
        root.Add(Json);
        root.Add(Quiet);
        return root;
    }
}

using System.CommandLine;
using System.CommandLine.Parsing;
using HealthGpt.Cli.Demo;
using HealthGpt.Cli.Terminal;

namespace HealthGpt.Cli.Commands;

/// <summary>healthgpt demo: the whole system on this machine, on the sample data.</summary>
internal static class DemoCommand
{
    private static readonly Option<string> Folder = new("--out") { Description = "Where the results are written (./healthgpt-demo).", HelpName = "DIR", DefaultValueFactory = _ => "healthgpt-demo" };

    private static readonly Option<int?> Workers = new("--workers")
    {
        Description = "Worker processes of the job, 1 to 3 (2).",
        HelpName = "N",
        CustomParser = result => WholeNumber.Parse(result, 1, DemoOptions.Silos),
    };

    private static readonly Option<bool> NoKill = new("--no-kill") { Description = "Kill no process." };

    private static readonly Option<int?> Seed = new("--seed")
    {
        Description = "Decides by lot which process is killed (a new one each time).",
        HelpName = "N",
        CustomParser = result => WholeNumber.Parse(result, 0, int.MaxValue),
    };

    private static readonly Option<string?> Job = new("--job") { Description = "Another job file instead of the demo's own.", HelpName = "FILE", Hidden = true };

    private static readonly Option<string?> Kill = new("--kill")
    {
        Description = "The silo to kill instead of one drawn by lot: its name, or trainer.",
        HelpName = "SILO",
        Hidden = true,
        CustomParser = SiloToKill,
    };

    private static readonly Option<int?> Questions = new("--questions")
    {
        Description = "Ask at most so many of the held-out closed questions.",
        HelpName = "N",
        Hidden = true,
        CustomParser = result => WholeNumber.Parse(result, 1, int.MaxValue),
    };

    private static readonly Option<int?> StartDeadline = new("--start-deadline")
    {
        Description = "Seconds that a silo may take until it is ready.",
        HelpName = "N",
        Hidden = true,
        CustomParser = result => WholeNumber.Parse(result, 1, 3600),
    };

    public static Command Create()
    {
        var command = new Command("demo", "Train, lose a process, recover, serve and draw: the whole system on this machine.")
        {
            Folder, Workers, NoKill, Seed, Job, Kill, Questions, StartDeadline,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(NoKill) && result.GetResult(Kill) is not null)
                result.AddError("--no-kill and --kill contradict each other; give one of them");
        });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var bounded = HardStop.Bound(DemoRun.StopBound, cancellationToken);
            return await DemoRun.RunAsync(OptionsOf(parsed), HealthGptCommand.OutputOf(parsed), cancellationToken);
        });
        return command;
    }

    private static DemoOptions OptionsOf(ParseResult parsed)
    {
        var options = new DemoOptions
        {
            Out = Path.GetFullPath(parsed.GetValue(Folder)!),
            Workers = parsed.GetValue(Workers),
            Kill = !parsed.GetValue(NoKill),
            KillSilo = parsed.GetValue(Kill),
            Seed = parsed.GetValue(Seed) ?? Random.Shared.Next(1, 10_000),
            Questions = parsed.GetValue(Questions) ?? int.MaxValue,
            JobFile = parsed.GetValue(Job) is { } file ? Path.GetFullPath(file) : null,
        };
        return parsed.GetValue(StartDeadline) is { } seconds ? options with { StartDeadline = TimeSpan.FromSeconds(seconds) } : options;
    }

    private static string? SiloToKill(ArgumentResult result)
    {
        var name = result.Tokens[0].Value;
        if (DemoOptions.KillChoices.Contains(name))
            return name;

        result.AddError($"--kill is '{name}'; it must be one of {string.Join(", ", DemoOptions.KillChoices)}");
        return null;
    }
}

using System.CommandLine;
using System.CommandLine.Parsing;
using HealthGpt.Cli.Demo;
using HealthGpt.Cli.Terminal;

namespace HealthGpt.Cli.Commands;

/// <summary>healthgpt demo: the whole system on this machine, on the sample data.</summary>
internal static class DemoCommand
{
    public static Command Create()
    {
        var folder = new Option<string>("--out") { Description = "Where the results are written (./healthgpt-demo).", HelpName = "DIR", DefaultValueFactory = _ => "healthgpt-demo" };
        var workers = new Option<int?>("--workers")
        {
            Description = "Worker processes of the job, 1 to 3 (2).",
            HelpName = "N",
            CustomParser = result => WholeNumber.Parse(result, 1, DemoOptions.Silos),
        };
        var noKill = new Option<bool>("--no-kill") { Description = "Kill no process." };
        var seed = new Option<int?>("--seed")
        {
            Description = "Decides by lot which process is killed (a new one each time).",
            HelpName = "N",
            CustomParser = result => WholeNumber.Parse(result, 0, int.MaxValue),
        };
        var job = new Option<string?>("--job") { Description = "Another job file instead of the demo's own.", HelpName = "FILE", Hidden = true };
        var kill = new Option<string?>("--kill")
        {
            Description = "The silo to kill instead of one drawn by lot: its name, or trainer.",
            HelpName = "SILO",
            Hidden = true,
            CustomParser = SiloToKill,
        };
        var questions = new Option<int?>("--questions")
        {
            Description = "Ask at most so many of the held-out closed questions.",
            HelpName = "N",
            Hidden = true,
            CustomParser = result => WholeNumber.Parse(result, 1, int.MaxValue),
        };
        var startDeadline = new Option<int?>("--start-deadline")
        {
            Description = "Seconds that a silo may take until it is ready.",
            HelpName = "N",
            Hidden = true,
            CustomParser = result => WholeNumber.Parse(result, 1, 3600),
        };
        var command = new Command("demo", "Train, lose a process, recover, serve and draw: the whole system on this machine.")
        {
            folder, workers, noKill, seed, job, kill, questions, startDeadline,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(noKill) && result.GetResult(kill) is not null)
                result.AddError("--no-kill and --kill contradict each other; give one of them");
        });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var defaults = new DemoOptions { Out = "", Seed = 0 };
            var options = defaults with
            {
                Out = Path.GetFullPath(parsed.GetValue(folder)!),
                Workers = parsed.GetValue(workers),
                Kill = !parsed.GetValue(noKill),
                KillSilo = parsed.GetValue(kill),
                Seed = parsed.GetValue(seed) ?? Random.Shared.Next(1, 10_000),
                Questions = parsed.GetValue(questions) ?? int.MaxValue,
                JobFile = parsed.GetValue(job) is { } file ? Path.GetFullPath(file) : null,
                StartDeadline = parsed.GetValue(startDeadline) is { } seconds ? TimeSpan.FromSeconds(seconds) : defaults.StartDeadline,
            };
            using var bounded = HardStop.Bound(DemoRun.StopBound, cancellationToken);
            return await DemoRun.RunAsync(options, HealthGptCommand.OutputOf(parsed), cancellationToken);
        });
        return command;
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

using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using HealthGpt.Cli.Demo;

namespace HealthGpt.Cli.Commands;

/// <summary>healthgpt demo: the whole system on this machine, on the sample data.</summary>
internal static class DemoCommand
{
    public static Command Create()
    {
        var folder = new Option<string>("--out") { Description = "Where the results are written (./healthgpt-demo).", HelpName = "DIR", DefaultValueFactory = _ => "healthgpt-demo" };
        var workers = new Option<int>("--workers")
        {
            Description = "Worker processes of the job, 1 to 3 (2).",
            HelpName = "N",
            DefaultValueFactory = _ => 2,
            CustomParser = result => Whole(result, 1, DemoOptions.Silos),
        };
        var noKill = new Option<bool>("--no-kill") { Description = "Kill no process." };
        var seed = new Option<int?>("--seed")
        {
            Description = "Decides by lot which process is killed (a new one each time).",
            HelpName = "N",
            CustomParser = result => Whole(result, 0, int.MaxValue),
        };
        var job = new Option<string?>("--job") { Description = "Another job file instead of the demo's own.", HelpName = "FILE", Hidden = true };
        var kill = new Option<string?>("--kill") { Description = "The silo to kill instead of one drawn by lot: its name, or trainer.", HelpName = "SILO", Hidden = true };
        var questions = new Option<int?>("--questions")
        {
            Description = "Ask at most so many of the held-out closed questions.",
            HelpName = "N",
            Hidden = true,
            CustomParser = result => Whole(result, 1, int.MaxValue),
        };
        var command = new Command("demo", "Train, lose a process, recover, serve and draw: the whole system on this machine.") { folder, workers, noKill, seed, job, kill, questions };
        command.SetAction((parsed, cancellationToken) =>
        {
            var options = new DemoOptions
            {
                Out = Path.GetFullPath(parsed.GetValue(folder)!),
                Workers = parsed.GetValue(workers),
                Kill = !parsed.GetValue(noKill),
                KillSilo = parsed.GetValue(kill),
                Seed = parsed.GetValue(seed) ?? Random.Shared.Next(1, 10_000),
                Questions = parsed.GetValue(questions) ?? int.MaxValue,
                JobFile = parsed.GetValue(job) is { } file ? Path.GetFullPath(file) : null,
            };
            return DemoRun.RunAsync(options, HealthGptCommand.OutputOf(parsed), cancellationToken);
        });
        return command;
    }

    private static int Whole(ArgumentResult result, int least, int most)
    {
        var text = result.Tokens[0].Value;
        if (int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
            return number;

        var option = ((OptionResult)result.Parent!).Option.Name;
        result.AddError($"{option} is '{text}'; it must be a whole number from {least} to {most}");
        return 0;
    }
}

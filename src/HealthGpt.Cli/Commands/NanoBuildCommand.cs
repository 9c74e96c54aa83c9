using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using HealthGpt.Cli.Terminal;
using HealthGpt.Training.Foundation;

namespace HealthGpt.Cli.Commands;

/// <summary>healthgpt nano build: trains healthgpt-nano's foundation from the sample set.</summary>
internal static class NanoBuildCommand
{
    public static Command Create()
    {
        var samples = new Option<string>("--samples") { Description = "The sample set (samples/colin27).", HelpName = "DIR", DefaultValueFactory = _ => "samples/colin27" };
        var folder = new Option<string>("--out") { Description = "The model folder to make (models/healthgpt-nano).", HelpName = "DIR", DefaultValueFactory = _ => "models/healthgpt-nano" };
        var seed = new Option<ulong>("--seed")
        {
            Description = "Seed of all randomness (27).",
            HelpName = "N",
            DefaultValueFactory = _ => 27,
            CustomParser = result => WholeNumber.Parse(result, ulong.MinValue, ulong.MaxValue),
        };
        var build = new Command("build", "Train healthgpt-nano's foundation: vision tower, base language model, image tokenizer.") { samples, folder, seed };
        build.SetAction((parsed, cancellationToken) => Task.Run(
            () => Run(
                new FoundationOptions { SamplesFolder = Path.GetFullPath(parsed.GetValue(samples)!), OutputFolder = Path.GetFullPath(parsed.GetValue(folder)!), Seed = parsed.GetValue(seed) },
                HealthGptCommand.OutputOf(parsed), cancellationToken),
            cancellationToken));
        return new Command("nano", "The small model.") { build };
    }

    private static int Run(FoundationOptions options, CommandOutput output, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        var gate = new Lock();
        NanoFoundation.Build(
            options,
            step =>
            {
                if (step.Step % 25 != 0 && step.Step != step.Steps) return;
                lock (gate)
                    output.Line(string.Create(CultureInfo.InvariantCulture, $"{clock.Elapsed:mm\\:ss}  {step.Part,-20} {step.Step,5}/{step.Steps}  loss {step.Loss:F4}  {step.Detail}"));
            },
            cancellationToken);
        output.Result(
            string.Create(CultureInfo.InvariantCulture, $"made {options.OutputFolder} in {clock.Elapsed.TotalMinutes:F1} minutes"),
            new { folder = options.OutputFolder, seconds = clock.Elapsed.TotalSeconds });
        return ExitCodes.Done;
    }
}

using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using HealthGpt.Cli.Terminal;
using HealthGpt.Model.Synthesis;
using static TorchSharp.torch;

namespace HealthGpt.Cli.Commands;

/// <summary>healthgpt weights synth: a model folder of a published model's full size with random weights.</summary>
internal static class WeightsSynthCommand
{
    public static Command Create()
    {
        var preset = PresetOption.Create();
        var folder = new Option<string>("--out") { Description = "The model folder to make; it must be new or empty, and appears whole or not at all.", HelpName = "DIR", Required = true };
        var seed = new Option<ulong>("--seed")
        {
            Description = "Seed of all numbers (1).",
            HelpName = "N",
            DefaultValueFactory = _ => 1,
            CustomParser = result => WholeNumber.Parse(result, ulong.MinValue, ulong.MaxValue),
        };
        var type = Choice.Option<ScalarType?>("--dtype", "Element type of the weights (bfloat16)", ("bfloat16", ScalarType.BFloat16), ("float16", ScalarType.Float16), ("float32", ScalarType.Float32));
        var command = new Command("synth", "Make a model folder of full size with random weights, to try memory, disks and loading with.") { preset, folder, seed, type };
        command.SetAction((parsed, cancellationToken) => Task.Run(
            () => Run(
                new SyntheticModel(parsed.GetValue(preset), parsed.GetValue(type) ?? ScalarType.BFloat16, parsed.GetValue(seed)), Path.GetFullPath(parsed.GetValue(folder)!), HealthGptCommand.OutputOf(parsed),
                cancellationToken),
            cancellationToken));
        return command;
    }

    private static int Run(SyntheticModel model, string folder, CommandOutput output, CancellationToken cancellationToken)
    {
        OutsideModels.Require("--out", folder);
        var clock = Stopwatch.StartNew();
        model.Write(folder, part => output.Line(string.Create(CultureInfo.InvariantCulture, $"{clock.Elapsed:mm\\:ss}  {part}")), cancellationToken);
        var seconds = clock.Elapsed.TotalSeconds;
        output.Result(
            string.Create(CultureInfo.InvariantCulture, $"made {folder} with {model.Bytes} bytes of random weights in {seconds:F1} s ({model.Bytes / seconds / 1e9:F2} GB/s)"),
            new { folder, bytes = model.Bytes, seconds = Math.Round(seconds, 3) });
        return ExitCodes.Done;
    }
}

using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using HealthGpt.Cli.Terminal;
using HealthGpt.Model.Verification;

namespace HealthGpt.Cli.Commands;

/// <summary>healthgpt weights verify: whether a model folder is whole and holds what its configuration says.</summary>
internal static class WeightsVerifyCommand
{
    public static Command Create()
    {
        var folder = new Argument<string>("folder") { Description = "A model folder, a plugin folder, or the published folder of a base model, a vision tower or an image tokenizer.", HelpName = "DIR" };
        var command = new Command("verify", "Check hashes, tensors, shapes and numbers of a model or plugin folder, and list every fault.") { folder };
        command.SetAction((parsed, cancellationToken) =>
            Task.Run(() => Run(parsed.GetValue(folder)!, HealthGptCommand.OutputOf(parsed), cancellationToken), cancellationToken));
        return command;
    }

    private static int Run(string folder, CommandOutput output, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(folder))
            throw new CommandException(ExitCodes.WrongArguments, $"DIR is '{folder}'", File.Exists(folder) ? "it is a file" : "there is no such folder", "name a model or plugin folder; single weight files are shown by 'weights inspect'");

        var clock = Stopwatch.StartNew();
        var report = ModelCheck.Run(folder, cancellationToken);
        return WriteReport(report, clock.Elapsed.TotalSeconds, output);
    }

    /// <summary>Writes the faults, then the parts; the answer is the exit code.</summary>
    public static int WriteReport(ModelReport report, double seconds, CommandOutput output)
    {
        foreach (var fault in report.Faults) output.Error.WriteLine($"error: {fault}");
        foreach (var part in report.Parts) output.Line(Line(part));
        var verdict = report.IsSound ? "sound" : Counted.Of(report.Faults.Count, "fault");
        output.Result(
            string.Create(CultureInfo.InvariantCulture, $"{report.Folder}: {verdict}; {report.Bytes} bytes read in {seconds:F1} s ({report.Bytes / seconds / 1e9:F2} GB/s)"),
            new { report.Folder, Sound = report.IsSound, report.Faults, report.Parts, report.Bytes, Seconds = Math.Round(seconds, 3) });
        return report.IsSound ? ExitCodes.Done : ExitCodes.WrongFile;
    }

    private static string Line(PartReport part) =>
        $"{part.Name,-24} {Counted.Of(part.Files, "file")}, {Counted.Of(part.Tensors, "tensor")}, {Counted.Of(part.Bytes, "byte")}: {(part.Faults.Count == 0 ? "sound" : Counted.Of(part.Faults.Count, "fault"))}";
}

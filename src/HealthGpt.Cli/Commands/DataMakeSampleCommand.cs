using System.CommandLine;
using HealthGpt.Cli.Terminal;
using HealthGpt.Data.SampleSets;

namespace HealthGpt.Cli.Commands;

/// <summary>healthgpt data make-sample: makes the sample set from the Colin27 volumes.</summary>
internal static class DataMakeSampleCommand
{
    public static Command Create()
    {
        var volumes = new Option<string?>("--volumes") { Description = "Folder of the Colin27 volumes (Debian's mricron-data: /usr/share/mricron/templates).", HelpName = "DIR" };
        var folder = new Option<string>("--out") { Description = "Folder that is made (samples/colin27).", HelpName = "DIR", DefaultValueFactory = _ => "samples/colin27" };
        var command = new Command("make-sample", "Make the sample set from the Colin27 volumes.") { volumes, folder };
        command.SetAction((parsed, cancellationToken) =>
            Task.Run(() => Run(parsed.GetValue(volumes), parsed.GetValue(folder)!, HealthGptCommand.OutputOf(parsed), cancellationToken), cancellationToken));
        return command;
    }

    private static int Run(string? volumes, string folder, CommandOutput output, CancellationToken cancellationToken)
    {
        var options = new Colin27Options { OutputFolder = Path.GetFullPath(folder) };
        var pictures = Colin27SampleSet.Make(volumes is null ? options : options with { VolumesFolder = volumes }, cancellationToken);
        output.Result($"made {options.OutputFolder} with {pictures} pictures", new { folder = options.OutputFolder, pictures });
        return ExitCodes.Done;
    }
}

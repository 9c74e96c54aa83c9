using System.CommandLine;
using HealthGpt.Cli.Terminal;
using HealthGpt.Data.SampleSets;

namespace HealthGpt.Cli.Commands;

/// <summary>healthgpt data make-sample: makes the sample set from the Colin27 volumes.</summary>
internal static class DataMakeSampleCommand
{
    public static Command Create()
    {
        var source = new Option<string>("--source") { Description = "Folder with ch2.nii.gz, ch2bet.nii.gz and aal.nii.gz.", HelpName = "DIR", Required = true };
        var target = new Option<string>("--out") { Description = "Folder that is made.", HelpName = "DIR", DefaultValueFactory = _ => "samples/colin27" };
        var command = new Command("make-sample", "Make the sample set from the Colin27 volumes (Debian: mricron-data).") { source, target };
        command.SetAction((parsed, _) => Task.FromResult(Run(parsed.GetValue(source)!, parsed.GetValue(target)!, HealthGptCommand.OutputOf(parsed))));
        return command;
    }

    private static int Run(string source, string target, CommandOutput output)
    {
        Colin27SampleSet.Make(source, target);
        output.Result($"made {Path.GetFullPath(target)}", new { folder = Path.GetFullPath(target) });
        return ExitCodes.Done;
    }
}

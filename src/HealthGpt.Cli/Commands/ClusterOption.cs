using System.CommandLine;
using HealthGpt.Cli.Connection;

namespace HealthGpt.Cli.Commands;

/// <summary>--cluster FOLDER: which cluster a verb talks to.</summary>
internal static class ClusterOption
{
    public static Option<string> Create() => new("--cluster") { Description = "The folder that the cluster's silos share.", HelpName = "FOLDER", Required = true };

    public static ClusterConnection Connect(string folder)
    {
        var full = Path.GetFullPath(folder);
        if (Directory.Exists(full))
            return new ClusterConnection(full, logFile: null);

        throw new CommandException(ExitCodes.WrongArguments, $"--cluster is '{folder}'", "there is no such folder", "name the folder in cluster.folder of the silos' configuration");
    }
}

using System.CommandLine;
using HealthGpt.Cli.Connection;
using HealthGpt.Cli.Terminal;
using HealthGpt.Cluster.Abstractions.Serving;
using HealthGpt.Model.Folders;

namespace HealthGpt.Cli.Commands;

/// <summary>healthgpt serve: has a running cluster serve a model folder.</summary>
internal static class ServeCommand
{
    public static Command Create()
    {
        var model = new Option<string>("--model") { Description = "The model folder: one that a job has exported.", HelpName = "DIR", Required = true };
        var cluster = ClusterOption.Create();
        var replicas = new Option<int>("--replicas")
        {
            Description = "Devices that serve it (1).",
            HelpName = "N",
            DefaultValueFactory = _ => 1,
            CustomParser = result => WholeNumber.Parse(result, 1, 1024),
        };
        var command = new Command("serve", "Have a running cluster serve a model in place of what it serves.") { model, cluster, replicas };
        command.SetAction((parsed, cancellationToken) => RunAsync(
            Folder(parsed.GetValue(model)!), parsed.GetValue(cluster)!, parsed.GetValue(replicas), HealthGptCommand.OutputOf(parsed), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(string folder, string cluster, int replicas, CommandOutput output, CancellationToken cancellationToken)
    {
        await using var connection = ClusterOption.Connect(cluster);
        var status = await connection.ServeAsync(folder, replicas, () => { }, cancellationToken);
        output.Result(Line(folder, status), status);
        return ExitCodes.Done;
    }

    private static string Folder(string path)
    {
        var full = Path.GetFullPath(path);
        if (!File.Exists(Path.Combine(full, ModelManifest.FileName)))
            throw new CommandException(ExitCodes.WrongArguments, $"--model is '{path}'", $"the folder has no {ModelManifest.FileName}", "name a model folder, for example the one that 'train describe' shows for a completed job");
        if (ModelManifest.Load(full).Plugins.Count == 0)
            throw new CommandException(ExitCodes.WrongArguments, $"--model is '{path}'", "it has no plugin, so that there is no task to serve", "train one with 'healthgpt train submit' and name the folder that the job exports");
        return full;
    }

    private static string Line(string folder, ServingStatus status)
    {
        var line = $"serving {string.Join(", ", status.Tasks.Select(task => task.Task))} of '{folder}' on {string.Join(", ", status.Replicas.Select(replica => replica.Silo))}";
        return status.Error is null ? line : $"{line}; {status.Error}";
    }
}

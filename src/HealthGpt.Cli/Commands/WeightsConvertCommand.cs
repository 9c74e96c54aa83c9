using System.CommandLine;
using HealthGpt.Cli.Terminal;
using HealthGpt.Model.Folders;
using HealthGpt.Model.Weights;
using HealthGpt.Storage.Files;

namespace HealthGpt.Cli.Commands;

/// <summary>healthgpt weights convert: writes the tensors of a weight file as safetensors.</summary>
internal static class WeightsConvertCommand
{
    public static Command Create()
    {
        var source = new Argument<string>("in") { Description = "A PyTorch pickle or a safetensors file.", HelpName = "IN" };
        var target = new Argument<string>("out") { Description = "The file to write; it appears whole or not at all.", HelpName = "OUT.safetensors" };
        var command = new Command("convert", "Write the tensors of a PyTorch pickle as safetensors, keys and types unchanged.") { source, target };
        command.SetAction((parsed, cancellationToken) =>
            Task.Run(() => Run(parsed.GetValue(source)!, parsed.GetValue(target)!, HealthGptCommand.OutputOf(parsed), cancellationToken), cancellationToken));
        return command;
    }

    private static int Run(string source, string target, CommandOutput output, CancellationToken cancellationToken)
    {
        if (!target.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase))
            throw new CommandException(ExitCodes.WrongArguments, $"OUT is '{target}'", "the file written is a safetensors file", "give it a name that ends in .safetensors");

        var path = Path.GetFullPath(target);
        RequirePlace(path, target);
        OutsideModels.Require("OUT", target);
        if (Directory.Exists(source) || source.EndsWith(".index.json", StringComparison.OrdinalIgnoreCase))
            throw new CommandException(ExitCodes.WrongArguments, $"IN is '{source}'", "one file is converted at a time", "name one of the folder's weight files");
        if (RealPath.AreSame(source, path)) throw new CommandException(ExitCodes.WrongArguments, $"OUT is '{target}'", "that is the file that is read", "name another file");
        if (File.Exists(path)) throw Taken(target);
        using var file = WeightFile.Open(source);
        DiskSpace.Require(Path.GetDirectoryName(path)!, file.Entries.Values.Sum(entry => entry.Length));
        try
        {
            AtomicFile.WriteUnlessThere(path, stream => SafetensorsWriter.Write(stream, file, SafetensorsWriter.PyTorchFormat, cancellationToken: cancellationToken));
        }
        catch (IOException error) when (File.Exists(path))
        {
            throw Taken(target, error);
        }

        var bytes = file.Entries.Values.Sum(entry => entry.Length);
        output.Result(
            $"wrote {path} with {Counted.Of(file.Entries.Count, "tensor")}, {Counted.Of(bytes, "byte")}",
            new { file = path, tensors = file.Entries.Count, bytes, file.IgnoredKeys });
        return ExitCodes.Done;
    }

    private static CommandException Taken(string target, Exception? error = null) => CommandException.OfArguments(
        $"OUT is '{target}'", "there is a file already, which may hold weights that are nowhere else", "name a new file, or delete that one first", error);

    // What the file is written as until it is whole has a name of its own, which would tell nobody what is wrong.
    private static void RequirePlace(string path, string target)
    {
        if (Directory.Exists(path)) throw new CommandException(ExitCodes.WrongArguments, $"OUT is '{target}'", "it is a folder", "name a file in it");
        if (!Directory.Exists(Path.GetDirectoryName(path)))
            throw new CommandException(ExitCodes.WrongArguments, $"OUT is '{target}'", "its folder is not there", "make the folder first, or name a file in another");
    }
}

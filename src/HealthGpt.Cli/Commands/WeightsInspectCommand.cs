using System.CommandLine;
using System.Globalization;
using System.Text;
using HealthGpt.Cli.Terminal;
using HealthGpt.Model.Folders;
using HealthGpt.Model.Weights;

namespace HealthGpt.Cli.Commands;

/// <summary>healthgpt weights inspect: what weight files hold, and which of them are refused.</summary>
internal static class WeightsInspectCommand
{
    public static Command Create()
    {
        var path = new Argument<string>("path") { Description = "A weight file, or a folder whose weight files are shown, those of its folders too.", HelpName = "FILE|DIR" };
        var command = new Command("inspect", "Show the tensors of weight files, and refuse those that are damaged or unsafe.") { path };
        command.SetAction((parsed, cancellationToken) =>
            Task.Run(() => Run(parsed.GetValue(path)!, HealthGptCommand.OutputOf(parsed), cancellationToken), cancellationToken));
        return command;
    }

    private static int Run(string path, CommandOutput output, CancellationToken cancellationToken)
    {
        var files = FilesOf(path);
        var reports = new List<WeightFileReport>();
        foreach (var shard in files)
        {
            cancellationToken.ThrowIfCancellationRequested();
            reports.Add(Inspect(shard));
            if (reports[^1].Refusal is { } refusal) output.Error.WriteLine($"error: {refusal}");
        }

        var refused = reports.Count(report => report.Refusal is not null);
        output.Result(Text(reports, output.Quiet), new { files = reports, refused });
        return refused == 0 ? ExitCodes.Done : ExitCodes.WrongFile;
    }

    private static List<WeightShard> FilesOf(string path)
    {
        if (!Directory.Exists(path)) return [.. WeightFolder.ShardsOf(path)];

        var shards = new SortedDictionary<string, WeightShard>(StringComparer.Ordinal);
        foreach (var file in FolderFiles.Of(path).Where(WeightFolder.IsWeightFileName)) shards.Add(file, new WeightShard(file));
        // A shard is held to its index too, and one that an index names may be missing.
        foreach (var index in FolderFiles.Of(path).Where(file => file.EndsWith(".index.json", StringComparison.Ordinal)))
            foreach (var shard in WeightFolder.ShardsOf(index)) shards[shard.Path] = shard;
        return shards.Count > 0
            ? [.. shards.Values]
            : throw new CommandException(ExitCodes.WrongArguments, $"'{path}' is to be inspected", "the folder holds no weight file", "name a file, or a folder with .safetensors, .bin, .ckpt, .pt or .pth files");
    }

    private static WeightFileReport Inspect(WeightShard shard)
    {
        try
        {
            using var file = shard.Open();
            return WeightFileReport.Of(file);
        }
        catch (WeightFileException refused)
        {
            return new WeightFileReport { File = shard.Path, Refusal = refused.Message };
        }
    }

    private static string Text(List<WeightFileReport> reports, bool brief)
    {
        var text = new StringBuilder();
        foreach (var report in reports)
        {
            if (report.Refusal is not null)
            {
                text.AppendLine(CultureInfo.InvariantCulture, $"{WeightFileException.Printable(report.File)}: refused");
                continue;
            }

            text.AppendLine(CultureInfo.InvariantCulture, $"{WeightFileException.Printable(report.File)}: {report.Summary()}");
            if (brief) continue;
            foreach (var tensor in report.Tensors) text.AppendLine(CultureInfo.InvariantCulture, $"  {tensor.Name}  {tensor.Type}  [{string.Join(", ", tensor.Shape)}]  {Counted.Of(tensor.Bytes, "byte")}");
        }

        return text.ToString().TrimEnd();
    }
}

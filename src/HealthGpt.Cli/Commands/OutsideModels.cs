using HealthGpt.Model.Folders;
using HealthGpt.Storage.Files;

namespace HealthGpt.Cli.Commands;

/// <summary>Keeps what is written out of model folders: a part with one file more has another hash, and the model is refused.</summary>
internal static class OutsideModels
{
    /// <summary>Refuses a place that lies in a model folder.</summary>
    /// <param name="option">The option that names it.</param>
    /// <param name="path">What is to be written.</param>
    /// <exception cref="CommandException">It lies in one.</exception>
    public static void Require(string option, string path)
    {
        for (var folder = Path.GetDirectoryName(RealPath.Of(path)); folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, ModelManifest.FileName)))
                throw new CommandException(ExitCodes.WrongArguments, $"{option} is '{path}'", $"it lies in the model folder '{folder}', whose parts must stay as {ModelManifest.FileName} says", "name a place elsewhere");
        }
    }
}

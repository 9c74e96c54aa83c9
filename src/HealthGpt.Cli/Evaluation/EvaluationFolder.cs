using HealthGpt.Storage.Files;

namespace HealthGpt.Cli.Evaluation;

/// <summary>The folder of the results. It is written beside its place and put there when it is whole; until then nothing is at its place.</summary>
internal sealed class EvaluationFolder : IDisposable
{
    private readonly string _target;
    private readonly StagedFolder _staged;

    private EvaluationFolder(string target, StagedFolder staged) => (_target, _staged) = (target, staged);

    public string Metrics => Path.Combine(_staged.Path, "metrics.json");

    public string Answers => Path.Combine(_staged.Path, "answers.jsonl");

    public string Report => Path.Combine(_staged.Path, "report.html");

    /// <summary>Takes a place for the results.</summary>
    /// <exception cref="CommandException">Something is there, or nothing can be written there.</exception>
    public static EvaluationFolder Create(string target)
    {
        target = Path.TrimEndingDirectorySeparator(target);
        RequireFree(target);
        if (!Directory.Exists(Path.GetDirectoryName(target) ?? target))
            throw Wrong(target, "the folder above it is not there");
        try
        {
            return new EvaluationFolder(target, new StagedFolder(target));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Wrong(target, $"it cannot be written: {error.Message.TrimEnd('.')}", error);
        }
    }

    /// <summary>Where a drawn image lies.</summary>
    /// <param name="plugin">The plugin's label.</param>
    /// <param name="number">The sample's number.</param>
    public string Drawn(string plugin, int number) => Path.Combine(_staged.Path, "drawn", plugin, $"{number:D6}.png");

    /// <summary>Puts the results in their place.</summary>
    public void Complete()
    {
        RequireFree(_target);
        _staged.PutInPlace(replace: false);
    }

    public void Dispose() => _staged.Dispose();

    private static void RequireFree(string target)
    {
        if (File.Exists(target))
            throw Wrong(target, "it is a file");
        if (!StagedFolder.IsFree(target))
            throw Wrong(target, "the folder is there already and is not empty");
    }

    private static CommandException Wrong(string target, string why, Exception? error = null) =>
        CommandException.OfArguments($"--out is '{target}'", why, "name a new folder in one that is there and may be written to", error);
}

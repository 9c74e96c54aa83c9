namespace HealthGpt.Cli.Evaluation;

/// <summary>The folder of the results. It is written beside its place and put there when it is whole; until then nothing is at its place.</summary>
internal sealed class EvaluationFolder : IDisposable
{
    private readonly string _target;
    private readonly string _temporary;

    private EvaluationFolder(string target, string temporary)
    {
        _target = target;
        _temporary = temporary;
    }

    public string Metrics => Path.Combine(_temporary, "metrics.json");

    public string Answers => Path.Combine(_temporary, "answers.jsonl");

    public string Report => Path.Combine(_temporary, "report.html");

    /// <summary>Takes a place for the results.</summary>
    /// <exception cref="CommandException">Something is there, or nothing can be written there.</exception>
    public static EvaluationFolder Create(string target)
    {
        target = Path.TrimEndingDirectorySeparator(target);
        RequireFree(target);
        // Beside it, because a rename is atomic only within one file system.
        var temporary = Path.Combine(Path.GetDirectoryName(target) ?? target, $".{Path.GetFileName(target)}.{Guid.NewGuid():N}.tmp~");
        if (!Directory.Exists(Path.GetDirectoryName(temporary)))
            throw Wrong(target, "the folder above it is not there");
        try
        {
            Directory.CreateDirectory(temporary);
            return new EvaluationFolder(target, temporary);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Wrong(target, $"it cannot be written: {error.Message.TrimEnd('.')}", error);
        }
    }

    /// <summary>Where a drawn image lies.</summary>
    /// <param name="plugin">The plugin's label.</param>
    /// <param name="number">The sample's number.</param>
    public string Drawn(string plugin, int number) => Path.Combine(_temporary, "drawn", plugin, $"{number:D6}.png");

    /// <summary>Puts the results in their place.</summary>
    public void Complete()
    {
        RequireFree(_target);
        if (Directory.Exists(_target))
            Directory.Delete(_target);
        Directory.Move(_temporary, _target);
    }

    public void Dispose()
    {
        if (Directory.Exists(_temporary))
            Directory.Delete(_temporary, recursive: true);
    }

    private static void RequireFree(string target)
    {
        if (File.Exists(target))
            throw Wrong(target, "it is a file");
        if (Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any())
            throw Wrong(target, "the folder is there already and is not empty");
    }

    private static CommandException Wrong(string target, string why, Exception? error = null) =>
        new(ExitCodes.WrongArguments, $"--out is '{target}'", why, "name a new folder in one that is there and may be written to", error);
}

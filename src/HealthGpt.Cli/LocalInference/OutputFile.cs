namespace HealthGpt.Cli.LocalInference;

/// <summary>A file that will be written after long work.</summary>
internal static class OutputFile
{
    /// <summary>Refuses a place that cannot be written, before the work. What is there stays as it is.</summary>
    public static void RequireWritable(string path)
    {
        if (Directory.Exists(path)) throw Wrong(path, "it is a folder", null);
        if (!path.EndsWith(".png", StringComparison.OrdinalIgnoreCase))
            throw new CommandException(ExitCodes.WrongArguments, $"--out is '{path}'", "a drawn image is written as PNG", "give it a name that ends in .png");
        var existed = File.Exists(path);
        try
        {
            using (new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write)) { }
            if (!existed) File.Delete(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Wrong(path, $"it cannot be written: {error.Message.TrimEnd('.')}", error);
        }
    }

    private static CommandException Wrong(string path, string why, Exception? error) =>
        new(ExitCodes.WrongArguments, $"--out is '{path}'", why, "name a file in a folder that is there and may be written to", error);
}

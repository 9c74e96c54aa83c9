namespace HealthGpt.Cli.Demo;

/// <summary>
/// The demo's output folder. Results lie in it; what the processes need lies in its folder 'run', which carries a mark, so that an earlier demo's state is
/// replaced and nothing else is ever deleted.
/// </summary>
internal sealed class DemoFolder : IDisposable
{
    private const string Mark = ".healthgpt-demo";
    private static readonly string[] Results = ["losses.csv", "losses.png", "answers.json", "comparison.png", "events.jsonl"];

    private readonly FileStream _lock;

    private DemoFolder(string root, FileStream @lock)
    {
        Root = root;
        _lock = @lock;
    }

    public string Root { get; }

    public string Losses => Path.Combine(Root, "losses.csv");

    public string LossCurves => Path.Combine(Root, "losses.png");

    public string Answers => Path.Combine(Root, "answers.json");

    public string Comparison => Path.Combine(Root, "comparison.png");

    public string Events => Path.Combine(Root, "events.jsonl");

    public string Run => Path.Combine(Root, "run");

    public string Cluster => Path.Combine(Run, "cluster");

    public string Cache => Path.Combine(Run, "cache");

    public string Checkpoints => Path.Combine(Run, "checkpoints");

    public string ClientLog => Path.Combine(Run, "client.log");

    public string SiloFolder(string name) => Path.Combine(Run, name);

    /// <summary>Makes the folder where it is missing and takes it for this demo, or says why it cannot be written to.</summary>
    public static DemoFolder Open(string root)
    {
        try
        {
            Directory.CreateDirectory(root);
            return new DemoFolder(root, Lock(root));
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or IOException)
        {
            throw new CommandException(ExitCodes.Failed, $"the output folder '{root}' cannot be written to", exception.Message, "name another folder with --out", exception);
        }
    }

    /// <summary>Deletes what an earlier demo left, and makes the folder of this one's processes.</summary>
    public void Clear()
    {
        if (Directory.Exists(Run) && !File.Exists(Path.Combine(Run, Mark)) && Directory.EnumerateFileSystemEntries(Run).Any())
        {
            throw new CommandException(
                ExitCodes.Failed, $"'{Run}' is in the way", "the demo did not make it and deletes nothing of others", "move it away, or name another folder with --out");
        }

        if (Directory.Exists(Run))
            Directory.Delete(Run, recursive: true);
        foreach (var result in Results)
            File.Delete(Path.Combine(Root, result));
        Directory.CreateDirectory(Run);
        File.WriteAllText(Path.Combine(Run, Mark), "Made by 'healthgpt demo', which deletes this folder when it runs again.\n");
        Directory.CreateDirectory(Cluster);
    }

    /// <summary>Frees the folder for another demo.</summary>
    public void Dispose()
    {
        _lock.Dispose();
        File.Delete(_lock.Name);
    }

    private static FileStream Lock(string root)
    {
        try
        {
            return new FileStream(Path.Combine(root, Mark + ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception) when (File.Exists(Path.Combine(root, Mark + ".lock")))
        {
            throw new CommandException(ExitCodes.Failed, $"the output folder '{root}' is in use", "another demo writes to it", "wait for its end, or name another folder with --out", exception);
        }
    }
}

using HealthGpt.Storage.Locations;
using HealthGpt.Training.Jobs;

namespace HealthGpt.Cli.LocalTraining;

/// <summary>The folder of a run's event log, plot and logs, taken for one run at a time.</summary>
internal sealed class RunFolder : IDisposable
{
    private const string LockName = ".train-run.lock";

    private readonly FileStream _lock;

    private RunFolder(string path, FileStream @lock)
    {
        Path = path;
        _lock = @lock;
    }

    public string Path { get; }

    public string Events => System.IO.Path.Combine(Path, "events.jsonl");

    public string LossCurves => System.IO.Path.Combine(Path, "losses.png");

    public string LogOf(string worker) => System.IO.Path.Combine(Path, "workers", $"{worker}.log");

    /// <summary>Makes the folder where it is missing and takes it, or says why not.</summary>
    public static RunFolder Open(LocalJob local)
    {
        // Two runs of one job would write the same checkpoints, wherever their logs are.
        var locked = local.Job.Checkpoints.To is FolderAddress folder ? folder.FolderPath : local.Folder;
        Make(locked, "'checkpoints.to' in the job file");
        Make(local.Folder, "--out");
        return new RunFolder(local.Folder, Lock(locked));
    }

    /// <summary>Frees the folder. The lock's file stays: two runs could lock two files of one name if it were deleted.</summary>
    public void Dispose() => _lock.Dispose();

    private static void Make(string folder, string setting)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or IOException)
        {
            throw new CommandException(ExitCodes.Failed, $"'{folder}' cannot be made", exception.Message.TrimEnd('.'), $"name another folder with {setting}", exception);
        }
    }

    private static FileStream Lock(string folder)
    {
        var path = System.IO.Path.Combine(folder, LockName);
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception) when (File.Exists(path))
        {
            throw new CommandException(ExitCodes.Failed, $"'{folder}' is in use", "another 'train run' trains into it", "wait for its end, or give this job another 'checkpoints.to'", exception);
        }
    }
}

using HealthGpt.Storage.Files;
using HealthGpt.Storage.Locations;
using HealthGpt.Training.Jobs;

namespace HealthGpt.Cli.LocalTraining;

/// <summary>The folder of a run's event log, plot and logs, and that of its checkpoints, each taken for one run at a time.</summary>
internal sealed class RunFolder : IDisposable
{
    private const string CheckpointsLock = ".train-run.lock";

    // Another name, as both may be one folder, by whatever links it is called.
    private const string LogsLock = ".train-log.lock";
    private const string CheckpointsTo = "'checkpoints.to' in the job file";
    private const string Out = "--out";

    private readonly List<FolderLock> _locks = [];

    private RunFolder(string path) => Path = path;

    public string Path { get; }

    public string Events => System.IO.Path.Combine(Path, "events.jsonl");

    public string LossCurves => System.IO.Path.Combine(Path, "losses.png");

    public string LogOf(string worker) => System.IO.Path.Combine(Path, "workers", $"{worker}.log");

    /// <summary>Makes the folders where they are missing and takes them, or says why not.</summary>
    public static RunFolder Open(LocalJob local)
    {
        var checkpoints = (local.Job.Checkpoints.To as FolderAddress)?.FolderPath;
        var setting = local.Folder == checkpoints ? CheckpointsTo : Out;
        if (checkpoints is not null) Make(checkpoints, CheckpointsTo);
        Make(local.Folder, setting);
        var folder = new RunFolder(local.Folder);
        try
        {
            // Two runs of one job would write the same checkpoints wherever their logs are, and two jobs with one folder of logs would mix these.
            if (checkpoints is not null) folder._locks.Add(Lock(checkpoints, CheckpointsLock, CheckpointsTo, "trains into it", "give this job another 'checkpoints.to'"));
            folder._locks.Add(Lock(local.Folder, LogsLock, setting, "writes its log there", "name another folder with --out"));
            // Before anything is trained, so that a place that nothing can be written to is refused with the setting that names it.
            Write(local.Folder, setting, () => new FileStream(folder.Events, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete)).Dispose();
            return folder;
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>Frees the folders. The locks' files stay: two runs could lock two files of one name if they were deleted.</summary>
    public void Dispose() => _locks.ForEach(held => held.Dispose());

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

    private static FolderLock Lock(string folder, string name, string setting, string use, string remedy) =>
        Write(folder, setting, () => FolderLock.TryTake(System.IO.Path.Combine(folder, name)))
            ?? throw new CommandException(ExitCodes.Failed, $"'{folder}' is in use", $"another 'train run' {use}", $"wait for its end, or {remedy}");

    private static T Write<T>(string folder, string setting, Func<T> write)
    {
        try
        {
            return write();
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or IOException)
        {
            throw new CommandException(ExitCodes.Failed, $"'{folder}' cannot be written", exception.Message.TrimEnd('.'), $"make it writable, or name another folder with {setting}", exception);
        }
    }
}

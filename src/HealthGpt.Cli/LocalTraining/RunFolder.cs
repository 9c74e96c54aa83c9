using HealthGpt.Storage.Locations;
using HealthGpt.Training.Jobs;

namespace HealthGpt.Cli.LocalTraining;

/// <summary>The folder of a run's event log, plot and logs, taken for one run at a time.</summary>
internal sealed class RunFolder : IDisposable
{
    private const string LockName = ".train-run.lock";
    private const string CheckpointsTo = "'checkpoints.to' in the job file";
    private const string Out = "--out";
    private const int WouldBlockOnLinux = 11;
    private const int WouldBlockOnMac = 35;
    private const int SharingViolationOnWindows = unchecked((int)0x80070020);

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
        var checkpoints = local.Job.Checkpoints.To as FolderAddress;
        var (locked, setting) = checkpoints is null ? (local.Folder, Out) : (checkpoints.FolderPath, CheckpointsTo);
        Make(locked, setting);
        Make(local.Folder, Out);
        var folder = new RunFolder(local.Folder, Lock(locked, setting));
        try
        {
            // Before anything is trained, so that a place that nothing can be written to is refused with the setting that names it.
            Open(local.Folder, folder.Events, FileMode.Append, FileShare.ReadWrite | FileShare.Delete, local.Folder == locked ? setting : Out).Dispose();
            return folder;
        }
        catch
        {
            folder.Dispose();
            throw;
        }
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

    private static FileStream Lock(string folder, string setting)
    {
        try
        {
            return Open(folder, System.IO.Path.Combine(folder, LockName), FileMode.OpenOrCreate, FileShare.None, setting);
        }
        catch (IOException exception) when (IsOfALock(exception))
        {
            throw new CommandException(ExitCodes.Failed, $"'{folder}' is in use", "another 'train run' trains into it", "wait for its end, or give this job another 'checkpoints.to'", exception);
        }
    }

    private static FileStream Open(string folder, string path, FileMode mode, FileShare share, string setting)
    {
        try
        {
            return new FileStream(path, mode, FileAccess.Write, share);
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException || (exception is IOException && !IsOfALock(exception)))
        {
            throw new CommandException(ExitCodes.Failed, $"'{folder}' cannot be written", exception.Message.TrimEnd('.'), $"make it writable, or name another folder with {setting}", exception);
        }
    }

    // The runtime throws the same for a read-only file system as for a lock, but for the system's own number.
    private static bool IsOfALock(Exception exception) => exception.HResult is WouldBlockOnLinux or WouldBlockOnMac or SharingViolationOnWindows;
}

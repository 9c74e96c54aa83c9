using HealthGpt.Storage.Files;

namespace HealthGpt.Cli.Demo;

/// <summary>
/// Takes the demo's output folder for one demo at a time. The folder 'run' in it carries a mark, so that an earlier demo's state is replaced and nothing else is
/// ever deleted.
/// </summary>
internal sealed class DemoFolder : IDisposable
{
    private const string Mark = ".healthgpt-demo";

    private readonly FolderLock _lock;

    private DemoFolder(DemoFiles files, FolderLock held) => (Files, _lock) = (files, held);

    public DemoFiles Files { get; }

    /// <summary>Whether the results are a demo's: what locks the folder also says so, once the folder has been found free of others' files.</summary>
    private bool IsOurs => _lock.Content.Length > 0;

    /// <summary>Makes the folder where it is missing and takes it for this demo, or says why it cannot be written to.</summary>
    public static DemoFolder Open(DemoFiles files)
    {
        try
        {
            Directory.CreateDirectory(files.Root);
            return FolderLock.TryTake(Path.Combine(files.Root, Mark + ".lock")) is { } held ? new DemoFolder(files, held) : throw new CommandException(
                ExitCodes.Failed, $"the output folder '{files.Root}' is in use", "another demo writes to it", "wait for its end, or name another folder with --out");
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or IOException)
        {
            throw new CommandException(ExitCodes.Failed, $"the output folder '{files.Root}' cannot be written to", exception.Message.TrimEnd('.'), "name another folder with --out", exception);
        }
    }

    /// <summary>Deletes what an earlier demo left, and makes the folder of this one's processes.</summary>
    public void Clear()
    {
        var mark = Path.Combine(Files.Run, Mark);
        if (Directory.Exists(Files.Run) && !File.Exists(mark) && Directory.EnumerateFileSystemEntries(Files.Run).Any())
        {
            throw new CommandException(
                ExitCodes.Failed, $"'{Files.Run}' is in the way", "the demo did not make it and deletes nothing of others", "move it away, or name another folder with --out");
        }

        if (!IsOurs && Files.Results.FirstOrDefault(File.Exists) is { } foreign)
        {
            throw new CommandException(
                ExitCodes.Failed, $"'{foreign}' is in the way", "the demo writes a file of that name, and did not make this one", "move it away, or name another folder with --out");
        }

        if (!IsOurs)
        {
            _lock.Content.Write("The results beside this file are those of 'healthgpt demo', which deletes them when it runs again.\n"u8);
            _lock.Content.Flush();
        }

        if (Directory.Exists(Files.Run))
            Directory.Delete(Files.Run, recursive: true);
        foreach (var result in Files.Results)
            File.Delete(result);
        Directory.CreateDirectory(Files.Run);
        File.WriteAllText(mark, "Made by 'healthgpt demo', which deletes this folder when it runs again.\n");
        Directory.CreateDirectory(Files.Cluster);
    }

    /// <summary>Frees the folder for another demo. The lock's file stays: two demos could lock two files of one name if it were deleted.</summary>
    public void Dispose() => _lock.Dispose();
}

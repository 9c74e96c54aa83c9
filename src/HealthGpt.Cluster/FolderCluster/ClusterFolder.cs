using HealthGpt.Storage.Files;

namespace HealthGpt.Cluster.FolderCluster;

/// <summary>The folder that a cluster lives in: where its files are, and how they are changed by one process at a time.</summary>
internal sealed class ClusterFolder
{
    private static readonly TimeSpan LeftoverAge = TimeSpan.FromMinutes(10);

    private readonly TimeSpan _lockTimeout;

    /// <summary>Names the folder; nothing is touched yet.</summary>
    public ClusterFolder(string root, string clusterId, string serviceId, TimeSpan? lockTimeout = null)
    {
        Root = Resolve(root);
        ClusterId = clusterId;
        ServiceId = serviceId;
        _lockTimeout = lockTimeout ?? TimeSpan.FromSeconds(15);
        Membership = Path.Combine(Root, "membership", SafeFileName.For(clusterId));
        Reminders = Path.Combine(Root, "reminders", SafeFileName.For(serviceId));
        States = Path.Combine(Root, "state", SafeFileName.For(serviceId));
    }

    /// <summary>The full path of the folder.</summary>
    public string Root { get; }

    /// <summary>The cluster whose silos are listed: silos and clients of another one in the same folder do not see them.</summary>
    public string ClusterId { get; }

    /// <summary>The service that grain states and reminders belong to; they outlive a change of the cluster id.</summary>
    public string ServiceId { get; }

    /// <summary>The folder of the membership table.</summary>
    public string Membership { get; }

    /// <summary>The folder of the reminder table.</summary>
    public string Reminders { get; }

    /// <summary>The folder of the grain states.</summary>
    public string States { get; }

    /// <summary>The full path of <paramref name="root"/>, refused where it is blank.</summary>
    public static string Resolve(string root)
    {
        if (string.IsNullOrWhiteSpace(root))
            throw new FolderClusterException($"cluster folder is '{root}'", "a blank name is no folder", "set cluster.folder to a folder on a local disk.");
        return Path.GetFullPath(root);
    }

    /// <summary>Creates what is missing and proves that files can be written, locked and removed.</summary>
    /// <exception cref="FolderClusterException">The folder cannot be used.</exception>
    public void Prepare()
    {
        string folder = Root;
        try
        {
            foreach (string part in new[] { Root, Membership, Reminders, States })
            {
                folder = part;
                Directory.CreateDirectory(part);
                AtomicFile.RemoveLeftovers(part, LeftoverAge);
            }

            folder = Root;
            string probe = Path.Combine(Root, $"probe-{Guid.NewGuid():N}");
            AtomicFile.Write(probe, "probe"u8);
            File.Delete(probe);
        }
        catch (Exception e) when (IsFileTrouble(e))
        {
            throw Unusable(folder, e);
        }
    }

    /// <summary>Creates <paramref name="folder"/>, a part of this one, where it is missing.</summary>
    public void CreateFolder(string folder) => Explained(() => Directory.CreateDirectory(folder));

    /// <summary>Runs <paramref name="work"/> away from the caller's scheduler, so that a slow disk holds up no grain.</summary>
    public Task<T> ReadAsync<T>(Func<T> work, CancellationToken ct) => Task.Run(() => Explained(work), ct);

    /// <summary>Runs <paramref name="work"/> while this caller alone, of all processes, holds the lock file <paramref name="lockPath"/>.</summary>
    public Task<T> ExclusiveAsync<T>(string lockPath, Func<T> work, CancellationToken ct) => Task.Run(
        async () =>
        {
            using FolderLock held = await LockAsync(lockPath, ct);
            return Explained(work);
        },
        ct);

    private async Task<FolderLock> LockAsync(string lockPath, CancellationToken ct)
    {
        try
        {
            return await FolderLock.AcquireAsync(lockPath, _lockTimeout, ct);
        }
        catch (TimeoutException e)
        {
            throw new FolderClusterException(e.Message, e);
        }
        catch (Exception e) when (IsFileTrouble(e))
        {
            throw Unusable(Root, e);
        }
    }

    private T Explained<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception e) when (IsFileTrouble(e))
        {
            throw Unusable(Root, e);
        }
    }

    private static bool IsFileTrouble(Exception e) => e is IOException or UnauthorizedAccessException or NotSupportedException;

    private FolderClusterException Unusable(string folder, Exception cause) => new(
        $"cluster folder '{Root}' cannot be used",
        cause.Message.Contains(folder, StringComparison.Ordinal) ? cause.Message : $"{folder}: {cause.Message}",
        "see that it exists or can be created, that this user may write there and that the disk is not full, or set cluster.folder to another folder.",
        cause);
}

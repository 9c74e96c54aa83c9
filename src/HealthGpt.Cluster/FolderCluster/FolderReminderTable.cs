namespace HealthGpt.Cluster.FolderCluster;

/// <summary>The reminders of a service in one file: changes are made under a lock, reads take none.</summary>
internal sealed class FolderReminderTable : IReminderTable
{
    private const string Kind = "reminder table";

    private readonly ClusterFolder _folder;
    private readonly DocumentFile<ReminderDocument> _file;
    private readonly string _lock;

    /// <summary>The table of the service in <paramref name="folder"/>.</summary>
    public FolderReminderTable(ClusterFolder folder)
    {
        _folder = folder;
        _file = new DocumentFile<ReminderDocument>(Path.Combine(folder.Reminders, "table"), Kind, folder.ServiceId);
        _lock = Path.Combine(folder.Reminders, "table.lock");
    }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken = default)
    {
        _folder.Prepare();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<ReminderTableData> ReadRows(GrainId grainId, CancellationToken cancellationToken) => Select(e => e.GrainId == grainId, cancellationToken);

    /// <inheritdoc/>
    public Task<ReminderTableData> ReadRows(uint begin, uint end, CancellationToken cancellationToken) => Select(
        e =>
        {
            uint hash = e.GrainId.GetUniformHashCode();
            return begin < end ? hash > begin && hash <= end : hash > begin || hash <= end;
        },
        cancellationToken);

    /// <inheritdoc/>
    public Task<ReminderEntry?> ReadRow(GrainId grainId, string reminderName, CancellationToken cancellationToken) =>
        _folder.ReadAsync(() => Load().Document.Rows.FirstOrDefault(r => r.Is(grainId, reminderName))?.ToEntry(), cancellationToken);

    /// <inheritdoc/>
    public Task<string?> UpsertRow(ReminderEntry entry, CancellationToken cancellationToken) => _folder.ExclusiveAsync<string?>(
        _lock,
        () =>
        {
            (ReminderDocument document, string? tableTag) = Load();
            ReminderRow? old = document.Rows.FirstOrDefault(r => r.Is(entry.GrainId, entry.ReminderName));
            ReminderRow row = ReminderRow.From(entry, ETags.After(old?.ETag));
            _file.Write(new ReminderDocument([.. document.Rows.Where(r => r != old), row]), ETags.After(tableTag));
            return row.ETag;
        },
        cancellationToken);

    /// <inheritdoc/>
    public Task<bool> RemoveRow(GrainId grainId, string reminderName, string eTag, CancellationToken cancellationToken) => _folder.ExclusiveAsync(
        _lock,
        () =>
        {
            (ReminderDocument document, string? tableTag) = Load();
            ReminderRow? row = document.Rows.FirstOrDefault(r => r.Is(grainId, reminderName));
            if (row is null || row.ETag != eTag)
                return false;
            _file.Write(new ReminderDocument([.. document.Rows.Where(r => r != row)]), ETags.After(tableTag));
            return true;
        },
        cancellationToken);

    /// <inheritdoc/>
    public Task TestOnlyClearTable(CancellationToken cancellationToken) => _folder.ExclusiveAsync(
        _lock,
        () =>
        {
            _file.Write(ReminderDocument.Empty, ETags.After(Load().ETag));
            return true;
        },
        cancellationToken);

    // The interface still demands the older forms without a token.

    /// <inheritdoc/>
    public Task<ReminderTableData> ReadRows(GrainId grainId) => ReadRows(grainId, CancellationToken.None);

    /// <inheritdoc/>
    public Task<ReminderTableData> ReadRows(uint begin, uint end) => ReadRows(begin, end, CancellationToken.None);

    /// <inheritdoc/>
    public Task<ReminderEntry?> ReadRow(GrainId grainId, string reminderName) => ReadRow(grainId, reminderName, CancellationToken.None);

    /// <inheritdoc/>
    public Task<string?> UpsertRow(ReminderEntry entry) => UpsertRow(entry, CancellationToken.None);

    /// <inheritdoc/>
    public Task<bool> RemoveRow(GrainId grainId, string reminderName, string eTag) => RemoveRow(grainId, reminderName, eTag, CancellationToken.None);

    /// <inheritdoc/>
    public Task TestOnlyClearTable() => TestOnlyClearTable(CancellationToken.None);

    private Task<ReminderTableData> Select(Func<ReminderEntry, bool> wanted, CancellationToken ct) =>
        _folder.ReadAsync(() => new ReminderTableData(Load().Document.Rows.Select(r => r.ToEntry()).Where(wanted)), ct);

    private (ReminderDocument Document, string? ETag) Load()
    {
        if (_file.Read() is { } file)
            return (file.Document, file.ETag);
        return (ReminderDocument.Empty, null);
    }
}

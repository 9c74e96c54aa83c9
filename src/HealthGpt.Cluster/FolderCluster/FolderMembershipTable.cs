namespace HealthGpt.Cluster.FolderCluster;

/// <summary>The list of a cluster's silos in one file: changes are made under a lock, reads take none.</summary>
internal sealed class FolderMembershipTable : IMembershipTable
{
    private const string Kind = "membership table";

    private readonly ClusterFolder _folder;
    private readonly DocumentFile<MembershipDocument> _file;
    private readonly SignsOfLife _signs;
    private readonly string _lock;

    /// <summary>The table of the cluster in <paramref name="folder"/>.</summary>
    public FolderMembershipTable(ClusterFolder folder)
    {
        _folder = folder;
        _file = new DocumentFile<MembershipDocument>(Path.Combine(folder.Membership, "table"), Kind, folder.ClusterId);
        _signs = new SignsOfLife(folder.Membership);
        _lock = Path.Combine(folder.Membership, "table.lock");
    }

    /// <inheritdoc/>
    public async Task InitializeMembershipTableAsync(bool tryInitTableVersion, CancellationToken cancellationToken)
    {
        _folder.Prepare();
        if (!tryInitTableVersion)
            return;
        await Change(
            table =>
            {
                if (table is null)
                    _file.Write(MembershipDocument.Empty, ETags.After(null));
                return true;
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public Task<MembershipTableData> ReadAllAsync(CancellationToken cancellationToken) => _folder.ReadAsync(
        () =>
        {
            (MembershipDocument document, string etag) = _file.Read() ?? Missing();
            List<Tuple<MembershipEntry, string>> members = [.. document.Rows.Select(ToMember)];
            return new MembershipTableData(members, new TableVersion(document.Version, etag));
        },
        cancellationToken);

    /// <inheritdoc/>
    public Task<MembershipTableData> ReadRowAsync(SiloAddress key, CancellationToken cancellationToken) => _folder.ReadAsync(
        () =>
        {
            (MembershipDocument document, string etag) = _file.Read() ?? Missing();
            var version = new TableVersion(document.Version, etag);
            return document.Find(key) is { } row ? new MembershipTableData(ToMember(row), version) : new MembershipTableData(version);
        },
        cancellationToken);

    /// <inheritdoc/>
    public Task<bool> InsertRowAsync(MembershipEntry entry, TableVersion tableVersion, CancellationToken cancellationToken) => Change(
        table =>
        {
            (MembershipDocument document, string tableTag) = table ?? Missing();
            if (tableTag != tableVersion.VersionEtag || document.Find(entry.SiloAddress) is not null)
                return false;
            _file.Write(document.With(MembershipRow.From(entry, ETags.After(null)), tableVersion.Version), ETags.After(tableTag));
            return true;
        },
        cancellationToken);

    /// <inheritdoc/>
    public Task<bool> UpdateRowAsync(MembershipEntry entry, string etag, TableVersion tableVersion, CancellationToken cancellationToken) => Change(
        table =>
        {
            (MembershipDocument document, string tableTag) = table ?? Missing();
            if (tableTag != tableVersion.VersionEtag || document.Find(entry.SiloAddress) is not { } old || old.ETag != etag)
                return false;
            _file.Write(document.With(MembershipRow.From(entry, ETags.After(etag)), tableVersion.Version), ETags.After(tableTag));
            return true;
        },
        cancellationToken);

    /// <inheritdoc/>
    public Task UpdateIAmAliveAsync(MembershipEntry entry, CancellationToken cancellationToken) => _folder.ReadAsync(
        () =>
        {
            if (_file.Read()?.Document.Find(entry.SiloAddress) is { } row)
                _signs.Write(row.Silo, entry.IAmAliveTime);
            return true;
        },
        cancellationToken);

    /// <inheritdoc/>
    public Task CleanupDefunctSiloEntriesAsync(DateTimeOffset beforeDate, CancellationToken cancellationToken) => Change(
        table =>
        {
            (MembershipDocument document, string tableTag) = table ?? Missing();
            List<MembershipRow> kept = [.. document.Rows.Where(r => !IsDefunct(r, beforeDate.UtcDateTime))];

            // The version stays: what silos think of each other has not changed.
            if (kept.Count < document.Rows.Count)
                _file.Write(document with { Rows = kept }, tableTag);
            _signs.KeepOnly(kept.Select(r => r.Silo));
            return true;
        },
        cancellationToken);

    /// <inheritdoc/>
    public Task DeleteMembershipTableEntriesAsync(string clusterId, CancellationToken cancellationToken)
    {
        if (clusterId != _folder.ClusterId)
            return Task.CompletedTask;
        return Change(
            table =>
            {
                _file.Write(MembershipDocument.Empty, ETags.After(table?.ETag));
                _signs.KeepOnly([]);
                return true;
            },
            cancellationToken);
    }

    // The interface still demands the older forms without a token.

    /// <inheritdoc/>
    public Task InitializeMembershipTable(bool tryInitTableVersion) => InitializeMembershipTableAsync(tryInitTableVersion, CancellationToken.None);

    /// <inheritdoc/>
    public Task<MembershipTableData> ReadAll() => ReadAllAsync(CancellationToken.None);

    /// <inheritdoc/>
    public Task<MembershipTableData> ReadRow(SiloAddress key) => ReadRowAsync(key, CancellationToken.None);

    /// <inheritdoc/>
    public Task<bool> InsertRow(MembershipEntry entry, TableVersion tableVersion) => InsertRowAsync(entry, tableVersion, CancellationToken.None);

    /// <inheritdoc/>
    public Task<bool> UpdateRow(MembershipEntry entry, string etag, TableVersion tableVersion) =>
        UpdateRowAsync(entry, etag, tableVersion, CancellationToken.None);

    /// <inheritdoc/>
    public Task UpdateIAmAlive(MembershipEntry entry) => UpdateIAmAliveAsync(entry, CancellationToken.None);

    /// <inheritdoc/>
    public Task CleanupDefunctSiloEntries(DateTimeOffset beforeDate) => CleanupDefunctSiloEntriesAsync(beforeDate, CancellationToken.None);

    /// <inheritdoc/>
    public Task DeleteMembershipTableEntries(string clusterId) => DeleteMembershipTableEntriesAsync(clusterId, CancellationToken.None);

    private bool IsDefunct(MembershipRow row, DateTime before) => row.Status == SiloStatus.Dead && row.LastChange(_signs.Read(row.Silo)) < before;

    private Task<bool> Change(Func<(MembershipDocument Document, string ETag)?, bool> change, CancellationToken ct) =>
        _folder.ExclusiveAsync(_lock, () => change(_file.Read()), ct);

    private Tuple<MembershipEntry, string> ToMember(MembershipRow row) => row.ToMember(_signs.Read(row.Silo));

    private (MembershipDocument Document, string ETag) Missing() => throw new FolderClusterException(
        $"no cluster '{_folder.ClusterId}' is in folder '{_folder.Root}'",
        "it has no membership table",
        "start a silo with this folder first, or set cluster.folder and the cluster id to those that the silos use.");
}

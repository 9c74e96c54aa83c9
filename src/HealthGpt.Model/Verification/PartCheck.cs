using HealthGpt.Model.Folders;
using HealthGpt.Model.Layouts;
using HealthGpt.Model.Weights;
using HealthGpt.Storage.Files;

namespace HealthGpt.Model.Verification;

/// <summary>Looks at every file of one part and goes on after each fault.</summary>
internal sealed class PartCheck
{
    private readonly string _name;
    private readonly string _path;
    private readonly string _weights;
    private readonly bool _hashed;
    private readonly List<WeightFault> _faults;
    private readonly TensorHeaders _tensors;
    private readonly List<(string Name, string Sha256)> _hashes = [];
    private readonly CancellationToken _cancellationToken;
    private bool _refused;
    private bool _unread;
    private long _bytes;
    private int _files;

    private PartCheck(string name, string path, string? weights, bool hashed, IEnumerable<WeightFault> faults, CancellationToken cancellationToken)
    {
        (_name, _path, _weights, _hashed, _cancellationToken) = (name, path, weights ?? path, hashed, cancellationToken);
        _faults = [.. faults];
        _tensors = new TensorHeaders(_weights);
    }

    /// <summary>Looks at a part.</summary>
    /// <param name="name">What the manifest calls it.</param>
    /// <param name="path">Its file or folder.</param>
    /// <param name="layout">The tensors it must hold; null where that is not known.</param>
    /// <param name="expected">Its hash by the manifest; null where there is none.</param>
    /// <param name="hashed">Whether its hash is wanted.</param>
    /// <param name="weights">Where in it the weights are; its own path by default.</param>
    /// <param name="known">What is known to be wrong with it already.</param>
    /// <param name="cancellationToken">Stops between two blocks of a file.</param>
    public static PartReport Run(
        string name, string path, PartLayout? layout, string? expected, bool hashed, string? weights, IEnumerable<WeightFault> known, CancellationToken cancellationToken)
    {
        var check = new PartCheck(name, path, weights, hashed || expected is not null, known, cancellationToken);
        return check.Run(layout, expected, hasWeights: true);
    }

    /// <summary>Looks at a part that has no weights.</summary>
    public static PartReport Run(string name, string path, string? expected, bool hashed, IEnumerable<WeightFault> known, CancellationToken cancellationToken) =>
        new PartCheck(name, path, null, hashed || expected is not null, known, cancellationToken).Run(null, expected, hasWeights: false);

    private PartReport Run(PartLayout? layout, string? expected, bool hasWeights)
    {
        if (!Directory.Exists(_path) && !File.Exists(_path))
        {
            _faults.Add(new(_path, null, $"the model's part '{_name}'", "nothing at that place"));
            return Report(null);
        }

        try
        {
            return Report(CheckAll(layout, expected, hasWeights));
        }
        catch (Exception error) when (error is UnauthorizedAccessException or IOException)
        {
            _faults.Add(new(_path, null, "a folder that can be read", FileTrouble.WithPath(error)));
            return Report(null);
        }
    }

    // The part's hash, where it is wanted.
    private string? CheckAll(PartLayout? layout, string? expected, bool hasWeights)
    {
        var shards = hasWeights ? Shards() : [];
        if (shards.Count > 0) _faults.AddRange(StrayShards(shards));
        ScanAll([.. Files(shards)]);
        if (_tensors.Count > 0 && layout is not null) _faults.AddRange(_tensors.Against(layout));
        if (_tensors.Count == 0 && hasWeights && !_refused) _faults.Add(new(_weights, null, layout is null ? "tensors" : $"{layout.Tensors.Count} tensors, by {layout.Owner}", "none"));
        // Of a part that cannot be read whole there is no hash.
        var found = _hashed && !_unread ? Directory.Exists(_path) ? PartHash.OfList(_hashes) : _hashes.FirstOrDefault().Sha256 : null;
        if (!string.IsNullOrEmpty(expected) && found is not null && !string.Equals(expected, found, StringComparison.OrdinalIgnoreCase)) _faults.Add(WeightFault.Hash(_path, expected, found));
        return found;
    }

    private PartReport Report(string? hash) => new(_name, _path, hash, _files, _tensors.Count, _bytes, _faults);

    private IReadOnlyList<WeightShard> Shards()
    {
        try
        {
            return WeightFolder.ShardsOf(_weights);
        }
        catch (WeightFileException refusal)
        {
            _refused = true;
            _faults.Add(WeightFault.Refused(refusal));
            return [];
        }
    }

    private List<WeightFault> StrayShards(IReadOnlyList<WeightShard> shards)
    {
        var found = new List<string>();
        var faults = ModelCheck.Gather(() => found.AddRange(WeightFolder.ShardsOfNoIndex(_weights).Except(shards.Select(shard => shard.Path))));
        return [.. faults, .. found.Select(WeightFault.Stray)];
    }

    // Files without weights count for the hash, and a shard that an index names may be missing.
    private IEnumerable<(string File, WeightShard? Shard)> Files(IReadOnlyList<WeightShard> shards)
    {
        var files = new SortedDictionary<string, WeightShard?>(StringComparer.Ordinal);
        foreach (var file in Directory.Exists(_path) ? FolderFiles.Of(_path) : [_path]) files.Add(file, null);
        foreach (var shard in shards) files[shard.Path] = shard;
        return files.Select(item => (item.Key, item.Value));
    }

    // Headers one after the other, then the bytes of some files at a time: one thread hashes more slowly than a disk reads.
    private void ScanAll(IReadOnlyList<(string Path, WeightShard? Shard)> files)
    {
        var entries = files.Select(file => file.Shard is null ? [] : ReadHeader(file.Shard)).ToList();
        var scans = new Scan[files.Count];
        var options = new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = _cancellationToken };
        Parallel.For(0, files.Count, options, at => scans[at] = ScanOf(files[at].Path, entries[at], isWeights: files[at].Shard is not null));
        foreach (var ((path, _), scan) in files.Zip(scans))
        {
            _faults.AddRange(scan.Faults);
            if (scan.Length is not { } length) continue;
            _files++;
            _bytes += length;
            if (scan.Sha256 is not null) _hashes.Add((Path.GetRelativePath(_path, path).Replace('\\', '/'), scan.Sha256));
        }
    }

    private Scan ScanOf(string path, IReadOnlyCollection<WeightEntry> entries, bool isWeights)
    {
        if (!File.Exists(path) || (!isWeights && !_hashed)) return new(null, null, []);
        var faults = new List<WeightFault>();
        try
        {
            var hash = FileScan.Run(path, FileScan.InOrder(entries), _hashed, (entry, count) => faults.Add(WeightFault.NotFinite(path, entry, count)), _cancellationToken);
            return new(OrdinaryFile.LengthOf(path), hash, faults);
        }
        catch (WeightFileException refusal)
        {
            faults.Add(WeightFault.Refused(refusal));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            _unread = true;
            faults.Add(new(path, null, "a file that can be read", FileTrouble.Of(error, path)));
        }

        return new(null, null, faults);
    }

    private sealed record Scan(long? Length, string? Sha256, IReadOnlyList<WeightFault> Faults);

    /// <summary>The tensors of a weight file; none where it is refused.</summary>
    private IReadOnlyCollection<WeightEntry> ReadHeader(WeightShard shard)
    {
        try
        {
            using var file = WeightFile.Open(shard.Path);
            HoldToIndex(shard, file);
            _faults.AddRange(file.Entries.Values.Select(entry => _tensors.Add(shard.Path, entry)).OfType<WeightFault>());
            CountOutOfOrder(file);
            return [.. file.Entries.Values];
        }
        catch (WeightFileException refusal)
        {
            _refused = true;
            _faults.Add(WeightFault.Refused(refusal));
            return [];
        }
    }

    private void HoldToIndex(WeightShard shard, WeightFile file)
    {
        if (shard.Keys is null) return;
        foreach (var key in shard.Keys.Where(key => !file.Entries.ContainsKey(key)).Order(StringComparer.Ordinal))
            _faults.Add(new(shard.Path, WeightFileException.Printable(key), $"the tensor, by {shard.Index}", "no such tensor"));
        var known = shard.Keys.ToHashSet(StringComparer.Ordinal);
        foreach (var entry in file.Entries.Values.Where(entry => !known.Contains(entry.Name)).OrderBy(entry => entry.Name, StringComparer.Ordinal))
            _faults.Add(WeightFault.Extra(shard.Path, entry, shard.Index!));
    }

    // Of tensors that one pass over the file cannot read one after the other.
    private void CountOutOfOrder(WeightFile file)
    {
        foreach (var entry in file.Entries.Values.Except(FileScan.InOrder(file.Entries.Values)))
        {
            using var tensor = file.Read(entry.Name);
            using var flat = tensor.view(-1);
            var count = NonFiniteCount.None;
            // A span holds at most 2 GB.
            const long Most = 1 << 27;
            for (var at = 0L; at < flat.numel(); at += Most)
            {
                using var part = flat.narrow(0, at, Math.Min(Most, flat.numel() - at));
                count = count.Then(NonFiniteCount.Of(part.bytes, entry.Type), at);
            }

            if (count.First >= 0) _faults.Add(WeightFault.NotFinite(file.Name, entry, count));
        }
    }
}

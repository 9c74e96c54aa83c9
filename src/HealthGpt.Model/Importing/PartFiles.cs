using HealthGpt.Model.Folders;
using HealthGpt.Model.Weights;
using HealthGpt.Storage.Files;

namespace HealthGpt.Model.Importing;

/// <summary>Brings published files into a model folder: unchanged ones as another name of the same file where the disk allows it, pickles of plugins as safetensors.</summary>
/// <param name="folder">Where the model folder is written.</param>
/// <param name="place">Where it will be.</param>
internal sealed class PartFiles(string folder, string place)
{
    private readonly Dictionary<string, string> _sources = new(StringComparer.Ordinal);

    /// <summary>Where a file or folder of the new folder came from.</summary>
    public string SourceOf(string path) => _sources.GetValueOrDefault(Path.GetFullPath(path), path);

    /// <summary>Says where a folder of the new folder comes from.</summary>
    public void Name(string source, string relative) => _sources[Path.GetFullPath(Path.Combine(folder, relative))] = source;

    /// <summary>Brings a file in as it is.</summary>
    public void Take(string source, string relative)
    {
        var target = Place(source, relative);
        // A folder of Hugging Face's cache holds links to its files.
        var real = OrdinaryFile.Resolved(source).FullName;
        if (HardLink.TryCreate(real, target)) return;
        DiskSpace.Require(place, new FileInfo(real).Length);
        File.Copy(real, target);
    }

    /// <summary>Brings those files of a folder in that it has.</summary>
    public void TakeThoseOf(string source, string relative, params IEnumerable<string> names)
    {
        Name(source, relative);
        foreach (var name in names.Where(name => File.Exists(Path.Combine(source, name)))) Take(Path.Combine(source, name), Path.Combine(relative, name));
    }

    /// <summary>Brings a folder's weights in, with the index that names them.</summary>
    public void TakeWeights(string source, string relative)
    {
        var shards = WeightFolder.ShardsOf(source);
        foreach (var shard in shards)
        {
            if (!File.Exists(shard.Path)) throw new WeightFileException(shard.Path, $"does not exist, but {shard.Index} names it; the weights must be whole");
            Take(shard.Path, Path.Combine(relative, Path.GetFileName(shard.Path)));
        }

        if (shards[0].Index is { } index) Take(index, Path.Combine(relative, Path.GetFileName(index)));
    }

    /// <summary>Brings weights in as one safetensors file; a file that is one already and needs no choice of tensors stays as it is.</summary>
    public void TakeAsSafetensors(string source, string relative, Func<string, bool>? wanted, CancellationToken cancellationToken)
    {
        var shards = WeightFolder.ShardsOf(source);
        if (shards.Count != 1) throw new WeightFileException(source, $"has {shards.Count} weight files; one is expected");
        using var file = shards[0].Open();
        if (file.Kind == WeightFileKind.Safetensors && (wanted is null || file.Entries.Keys.All(wanted)))
        {
            Take(shards[0].Path, relative);
            return;
        }

        var target = Place(source, relative);
        DiskSpace.Require(place, file.Entries.Values.Sum(entry => entry.Length));
        using var stream = File.Create(target);
        SafetensorsWriter.Write(stream, file, SafetensorsWriter.PyTorchFormat, wanted, cancellationToken);
        stream.Flush(flushToDisk: true);
    }

    private string Place(string source, string relative)
    {
        var target = Path.Combine(folder, relative);
        Name(source, relative);
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        return target;
    }
}

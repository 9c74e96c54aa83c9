using System.Text.RegularExpressions;
using HealthGpt.Model.Folders;

namespace HealthGpt.Model.Weights;

/// <summary>Which files of a folder hold a model's weights.</summary>
public static partial class WeightFolder
{
    // In Hugging Face's order: safetensors before pickles, whole files before shards.
    private static readonly string[] WholeFiles = ["model.safetensors", "pytorch_model.bin"];
    private static readonly string[] Indexes = ["model.safetensors.index.json", "pytorch_model.bin.index.json"];
    private static readonly string[] Extensions = [".safetensors", ".bin", ".ckpt", ".pt", ".pth"];

    /// <summary>Whether a file's name is one of a weight file.</summary>
    public static bool IsWeightFileName(string path) => Extensions.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase);

    /// <summary>The files that hold the weights at a path: a file, an index, or a folder of either. They are opened later, one by one.</summary>
    /// <exception cref="WeightFileException">There are none, several could be meant, or an index is wrong.</exception>
    public static IReadOnlyList<WeightShard> ShardsOf(string path)
    {
        if (!Directory.Exists(path)) return path.EndsWith(".index.json", StringComparison.Ordinal) ? ReadIndex(path) : [new WeightShard(path)];

        for (var form = 0; form < Indexes.Length; form++)
        {
            if (File.Exists(Path.Combine(path, Indexes[form]))) return ReadIndex(Path.Combine(path, Indexes[form]));
            if (File.Exists(Path.Combine(path, WholeFiles[form]))) return [new WeightShard(Path.Combine(path, WholeFiles[form]))];
        }

        var files = Directory.EnumerateFiles(path).Where(IsWeightFileName).Order(StringComparer.Ordinal).ToList();
        return files.Count switch
        {
            1 => [new WeightShard(files[0])],
            0 => throw new WeightFileException(Path.Combine(path, WholeFiles[0]), "does not exist, and its folder holds no other weight file; the weights must be at that place"),
            _ => throw new WeightFileException(path, $"holds {files.Count} weight files, none of which is called {string.Join(" or ", Indexes.Concat(WholeFiles))}, such as {Path.GetFileName(files[0])} and {Path.GetFileName(files[1])}; keep the one that is meant, or name it instead of the folder where a file may be named"),
        };
    }

    /// <summary>Files of a folder that are called as shards are and that none of its indexes names: left over from other weights.</summary>
    /// <exception cref="WeightFileException">An index is wrong.</exception>
    internal static IEnumerable<string> ShardsOfNoIndex(string path)
    {
        if (!Directory.Exists(path)) return [];
        var named = Indexes.Select(index => Path.Combine(path, index)).Where(File.Exists).SelectMany(ReadIndex).Select(shard => shard.Path);
        return Directory.EnumerateFiles(path).Where(file => ShardName.IsMatch(Path.GetFileName(file))).Except(named).Order(StringComparer.Ordinal);
    }

    // As Hugging Face writes them: model-00001-of-00002.safetensors.
    [GeneratedRegex(@"-\d{5}-of-\d{5}\.(safetensors|bin)$", RegexOptions.CultureInvariant)]
    private static partial Regex ShardName { get; }

    private static List<WeightShard> ReadIndex(string index)
    {
        var keys = new SortedDictionary<string, HashSet<string>>(StringComparer.Ordinal);
        using var fields = ConfigFields.Open(index);
        foreach (var (tensor, file) in fields.TextsByName("weight_map"))
        {
            // A bare name: an index must not lead out of its folder.
            if (file is "" or "." or ".." || file.AsSpan().ContainsAny('/', '\\', '\0'))
                throw new WeightFileException(index, $"places the tensor '{tensor}' in '{file}', but a shard must be a file beside the index, named without a folder");
            if (!keys.TryGetValue(file, out var placed)) keys.Add(file, placed = new HashSet<string>(StringComparer.Ordinal));
            placed.Add(tensor);
        }

        if (keys.Count == 0) throw new WeightFileException(index, "names no tensor in weight_map; get it again from where it came");
        var folder = Path.GetDirectoryName(index) ?? "";
        return [.. keys.Select(shard => new WeightShard(Path.Combine(folder, shard.Key), index, shard.Value))];
    }
}

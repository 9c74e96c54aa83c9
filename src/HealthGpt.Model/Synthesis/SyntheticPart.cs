using System.Globalization;
using System.Text.Json;
using HealthGpt.Model.Folders;
using HealthGpt.Model.Layouts;
using HealthGpt.Model.Weights;
using static TorchSharp.torch;

namespace HealthGpt.Model.Synthesis;

/// <summary>Writes one part of a model, and knows its hash without reading it again.</summary>
internal sealed class SyntheticPart
{
    // Hugging Face's own bound of a shard.
    private const long MostShard = 5_000_000_000;

    private readonly string _root;
    private readonly string _relative;
    private readonly List<(string Name, string Sha256)> _files = [];

    public SyntheticPart(string root, string relative)
    {
        (_root, _relative) = (root, relative);
        Directory.CreateDirectory(Path.Combine(root, relative));
    }

    /// <summary>Writes a small file.</summary>
    public SyntheticPart With(string name, Action<string> write)
    {
        var path = Path.Combine(_root, _relative, name);
        write(path);
        _files.Add((name, PartHash.OfFile(path)));
        return this;
    }

    /// <summary>Writes random weights as one file, or as shards and their index where one would be too large.</summary>
    public SyntheticPart WithWeights(PartLayout layout, ScalarType type, ulong seed, CancellationToken cancellationToken, string name = "model")
    {
        var shards = ShardsOf(layout, type);
        var files = shards.Count == 1
            ? [name + ".safetensors"]
            : Enumerable.Range(1, shards.Count).Select(at => string.Create(CultureInfo.InvariantCulture, $"{name}-{at:D5}-of-{shards.Count:D5}.safetensors")).ToList();
        foreach (var (file, tensors) in files.Zip(shards)) _files.Add((file, RandomWeightFile.Write(Path.Combine(_root, _relative, file), tensors, type, seed, cancellationToken)));
        return shards.Count == 1 ? this : With(name + ".safetensors.index.json", path => WriteIndex(path, files.Zip(shards), layout.Elements * SafetensorsFormat.BytesOf(type)));
    }

    /// <summary>The part as a manifest names it.</summary>
    public ModelPart Finish() => new(_relative, PartHash.OfList(_files));

    private static List<List<ExpectedTensor>> ShardsOf(PartLayout layout, ScalarType type)
    {
        var shards = new List<List<ExpectedTensor>> { new() };
        var length = 0L;
        foreach (var tensor in layout.Tensors)
        {
            var bytes = tensor.Elements * SafetensorsFormat.BytesOf(type);
            if (length + bytes > MostShard && length > 0)
            {
                shards.Add([]);
                length = 0;
            }

            shards[^1].Add(tensor);
            length += bytes;
        }

        return shards;
    }

    private static void WriteIndex(string path, IEnumerable<(string File, List<ExpectedTensor> Tensors)> shards, long bytes)
    {
        var places = shards.SelectMany(shard => shard.Tensors.Select(tensor => (tensor.Name, shard.File))).ToDictionary(item => item.Name, item => item.File, StringComparer.Ordinal);
        File.WriteAllText(path, JsonSerializer.Serialize(new { metadata = new { total_size = bytes }, weight_map = places }) + "\n");
    }
}

using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Model.Weights;

/// <summary>Named tensors that belong together and are disposed together; the parts of the model read theirs from one.</summary>
public sealed class WeightSet : IDisposable
{
    private readonly Dictionary<string, Tensor> _tensors;

    /// <summary>Takes ownership of tensors.</summary>
    /// <param name="tensors">The tensors by key.</param>
    /// <param name="source">The file or folder they came from, for errors.</param>
    public WeightSet(IReadOnlyDictionary<string, Tensor> tensors, string source)
    {
        _tensors = new Dictionary<string, Tensor>(tensors, StringComparer.Ordinal);
        Source = source;
        // The set outlives any scope it was made in.
        foreach (var tensor in _tensors.Values) tensor.DetachFromDisposeScope();
    }

    /// <summary>The file or folder the tensors came from.</summary>
    public string Source { get; }

    /// <summary>All tensors, by key in ordinal order, so that walks over them are the same everywhere.</summary>
    public IEnumerable<KeyValuePair<string, Tensor>> Tensors => _tensors.OrderBy(item => item.Key, StringComparer.Ordinal);

    /// <summary>Whether there is a tensor of that name.</summary>
    public bool Has(string name) => _tensors.ContainsKey(name);

    /// <summary>A tensor by name; the set keeps owning it.</summary>
    /// <exception cref="WeightFileException">There is none, or its shape is not the expected one.</exception>
    public Tensor Get(string name, params ReadOnlySpan<long> shape)
    {
        if (!_tensors.TryGetValue(name, out var tensor)) throw new WeightFileException(Source, $"has no tensor '{name}'");
        if (shape.Length > 0 && !shape.SequenceEqual(tensor.shape))
            throw new WeightFileException(Source, $"tensor '{name}' has the shape [{string.Join(", ", tensor.shape)}], but the configuration asks for [{string.Join(", ", shape.ToArray())}]");
        return tensor;
    }

    /// <summary>Reads a safetensors file, or a folder of one file or of an index with shards (Hugging Face layout), cast to one type.</summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="type">The element type that floating-point tensors get.</param>
    /// <param name="device">Where the tensors go.</param>
    /// <exception cref="WeightFileException">A file is missing or wrong.</exception>
    public static WeightSet Load(string path, ScalarType type, Device? device = null)
    {
        var tensors = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (var file in FilesOf(path))
        {
            using var open = SafetensorsFile.Open(file);
            foreach (var name in open.Entries.Keys)
                if (!tensors.TryAdd(name, Cast(open.Read(name), type, device))) throw new WeightFileException(file, $"repeats the tensor '{name}' of another shard");
        }

        return new WeightSet(tensors, path);
    }

    private static Tensor Cast(Tensor tensor, ScalarType type, Device? device)
    {
        if (tensor.is_floating_point() && tensor.dtype != type) tensor = Replace(tensor, tensor.to(type));
        return device is null || device.type == DeviceType.CPU ? tensor : Replace(tensor, tensor.to(device));
    }

    private static Tensor Replace(Tensor old, Tensor replacement)
    {
        if (!ReferenceEquals(old, replacement)) old.Dispose();
        return replacement;
    }

    private static List<string> FilesOf(string path)
    {
        if (!Directory.Exists(path)) return [path];

        var index = Path.Combine(path, "model.safetensors.index.json");
        if (!File.Exists(index)) return [Path.Combine(path, "model.safetensors")];
        using var document = JsonDocument.Parse(File.ReadAllBytes(index));
        return document.RootElement.GetProperty("weight_map").EnumerateObject().Select(item => item.Value.GetString()!)
            .Distinct().Order(StringComparer.Ordinal).Select(name => Path.Combine(path, Path.GetFileName(name))).ToList();
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var tensor in _tensors.Values) tensor.Dispose();
    }
}

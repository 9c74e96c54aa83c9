using HealthGpt.Model.Layouts;
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
    /// <exception cref="WeightFileException">There is none, or its shape is not the expected one, or it has one and holds whole numbers.</exception>
    public Tensor Get(string name, params ReadOnlySpan<long> shape)
    {
        if (!_tensors.TryGetValue(name, out var tensor)) throw new WeightFileException(Source, $"has no tensor '{name}'{Wanted(shape)}");
        if (shape.Length > 0 && !shape.SequenceEqual(tensor.shape))
            throw new WeightFileException(Source, $"tensor '{name}' has the shape {WeightEntry.TextOf(tensor.shape)}, but the configuration asks for {WeightEntry.TextOf(shape)}");
        // Only weights are asked for by shape; whole numbers in their place would fail deep inside a layer.
        if (shape.Length > 0 && !tensor.is_floating_point())
            throw new WeightFileException(Source, $"tensor '{name}' has {tensor.dtype} elements, but float32, float16 or bfloat16 are needed");
        return tensor;
    }

    /// <summary>A tensor by name that leaves the set; the caller owns it.</summary>
    /// <exception cref="WeightFileException">There is none, or its shape is not the expected one.</exception>
    public Tensor Take(string name, params ReadOnlySpan<long> shape)
    {
        var tensor = Get(name, shape);
        _tensors.Remove(name);
        return tensor;
    }

    /// <summary>Refuses a set that lacks a tensor of a layout, or has it in another shape or of whole numbers.</summary>
    /// <exception cref="WeightFileException">There is such a tensor; the message names it.</exception>
    internal void Require(PartLayout layout)
    {
        foreach (var tensor in layout.Tensors) Get(tensor.Name, tensor.Shape);
    }

    private static string Wanted(ReadOnlySpan<long> shape) => shape.Length == 0 ? "" : $", but the configuration asks for one of shape {WeightEntry.TextOf(shape)}";

    /// <summary>
    /// Reads a weight file of any form (<see cref="WeightFile"/>), or the one of a folder, which may be an index with shards (Hugging Face layout);
    /// cast to one type.
    /// </summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="type">The element type that floating-point tensors get.</param>
    /// <param name="device">Where the tensors go.</param>
    /// <param name="wanted">Which tensors are read, by name; all by default.</param>
    /// <param name="cancellationToken">Stops between two tensors.</param>
    /// <exception cref="WeightFileException">A file is missing or wrong.</exception>
    public static WeightSet Load(string path, ScalarType type, Device? device = null, Func<string, bool>? wanted = null, CancellationToken cancellationToken = default)
    {
        var tensors = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        try
        {
            foreach (var shard in WeightFolder.ShardsOf(path))
            {
                using var file = shard.Open();
                foreach (var name in file.Entries.Keys)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    if (wanted?.Invoke(name) == false) continue;
                    if (tensors.ContainsKey(name)) throw new WeightFileException(file.Name, $"repeats the tensor '{name}' of another shard");
                    tensors.Add(name, Cast(file.Read(name), type, device));
                }
            }

            return new WeightSet(tensors, path);
        }
        catch
        {
            foreach (var tensor in tensors.Values) tensor.Dispose();
            throw;
        }
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

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var tensor in _tensors.Values) tensor.Dispose();
    }
}

using HealthGpt.Model.Weights.Pickles;

namespace HealthGpt.Model.Weights.PyTorch;

/// <summary>The named tensors of a pickled state dict, each checked against the storage that it views.</summary>
internal sealed class StateDict
{
    private const string LightningKey = "state_dict";
    private const long EntryCost = 512;
    private const int MostIgnoredKeys = 100;

    private readonly string _file;
    private readonly Func<StorageReference, long> _place;
    private readonly ReadAllowance _allowance;
    private readonly Dictionary<string, WeightEntry> _entries = new(StringComparer.Ordinal);
    private readonly List<string> _ignoredKeys = [];

    /// <summary>Takes the tensors out of what a pickle built.</summary>
    /// <param name="file">The file, for errors.</param>
    /// <param name="root">What the pickle built.</param>
    /// <param name="place">The first byte of a storage, whose size it has checked.</param>
    /// <param name="allowance">The memory that may be taken.</param>
    /// <exception cref="WeightFileException">It is no state dict, or a tensor reaches beyond its storage.</exception>
    public StateDict(string file, object? root, Func<StorageReference, long> place, ReadAllowance allowance)
    {
        (_file, _place, _allowance) = (file, place, allowance);
        if (root is not PickleContainer { Kind: PickleContainerKind.Dictionary } dictionary)
            throw new WeightFileException(file, "holds no dictionary of tensors; save a model's state_dict()");

        var nested = dictionary.Pairs.LastOrDefault(pair => pair.Key is LightningKey).Value as PickleContainer;
        if (nested is { Kind: PickleContainerKind.Dictionary })
        {
            foreach (var (key, _) in dictionary.Pairs)
                if (key is not LightningKey) Ignore(key);
            dictionary = nested;
        }

        foreach (var (key, value) in dictionary.Pairs)
        {
            if (key is string name && value is PickledTensor tensor) Add(name, tensor);
            else Ignore(key);
        }

        if (_entries.Count == 0 && _ignoredKeys.Count > 0)
            throw new WeightFileException(file, $"holds no tensors by name, neither at its top nor under '{LightningKey}'; it holds {string.Join(", ", _ignoredKeys.Take(10))}");
    }

    public IReadOnlyDictionary<string, WeightEntry> Entries => _entries;

    public IReadOnlyList<string> IgnoredKeys => _ignoredKeys;

    private void Ignore(object? key)
    {
        if (_ignoredKeys.Count == MostIgnoredKeys) return;
        var text = key switch { string name => name, PickleGlobal global => global.ToString(), long number => $"{number}", _ => "(no name)" };
        _ignoredKeys.Add(text.Length > 200 ? text[..200] : text);
    }

    private void Add(string name, PickledTensor tensor)
    {
        if (name.Length > SafetensorsHeader.LongestName) throw new WeightFileException(_file, $"has a tensor name of {name.Length} characters; at most {SafetensorsHeader.LongestName} are read");
        _allowance.Charge(EntryCost);
        var bytes = SafetensorsFormat.BytesOf(tensor.Storage.Type);
        var (elements, extent) = Check(name, tensor);
        var length = elements * bytes;
        var offset = _place(tensor.Storage) + (tensor.Offset * bytes);
        // A scattered tensor is read with all that lies between its elements.
        _allowance.Charge(tensor.IsContiguous ? length : extent * bytes);
        var entry = new WeightEntry(name, tensor.Storage.Type, tensor.Shape, offset, length)
        {
            Strides = tensor.IsContiguous ? null : tensor.Strides,
        };
        if (!_entries.TryAdd(name, entry)) throw new WeightFileException(_file, $"names the tensor '{name}' twice");
    }

    /// <summary>The number of elements of a tensor that lies within its storage, and of those from its first to its last.</summary>
    private (long Elements, long Extent) Check(string name, PickledTensor tensor)
    {
        var elements = WeightEntry.CountElements(_file, name, tensor.Shape);
        if (tensor.Strides.Length != tensor.Shape.Length || Array.Exists(tensor.Strides, stride => stride < 0))
            throw new WeightFileException(_file, $"tensor '{name}' of shape {WeightEntry.TextOf(tensor.Shape)} has the strides {WeightEntry.TextOf(tensor.Strides)}; it needs one for each dimension, none negative");
        var extent = WeightFile.Extent(tensor.Shape, tensor.Strides);
        if (tensor.Offset < 0 || tensor.Offset > tensor.Storage.Elements || extent > tensor.Storage.Elements - tensor.Offset)
            throw new WeightFileException(_file, $"tensor '{name}' views {extent} elements from element {tensor.Offset} of the storage '{tensor.Storage.Key}', which has {tensor.Storage.Elements}");
        if (elements > extent)
            throw new WeightFileException(_file, $"tensor '{name}' of shape {WeightEntry.TextOf(tensor.Shape)} views {extent} stored elements more than once each; save it contiguous");
        return (elements, extent);
    }
}

using HealthGpt.Model.Weights.Pickles;

namespace HealthGpt.Model.Weights.PyTorch;

/// <summary>
/// What a pickle of <c>torch.save</c> may name: <c>collections.OrderedDict</c>, the storages of torch, and the two functions that rebuild a tensor and
/// a parameter. Beside these only the names of Lightning's callbacks, by which released checkpoints key their callbacks' state: they stay names.
/// </summary>
internal sealed class TorchObjects(string file) : IPickleObjects
{
    private static readonly PickleGlobal OrderedDict = new("collections", "OrderedDict");
    private static readonly PickleGlobal RebuildTensor = new("torch._utils", "_rebuild_tensor_v2");
    private static readonly PickleGlobal RebuildParameter = new("torch._utils", "_rebuild_parameter");
    private static readonly string[] CallbackModules = ["pytorch_lightning.callbacks.", "lightning.pytorch.callbacks."];

    private readonly Dictionary<string, StorageReference> _storages = new(StringComparer.Ordinal);

    /// <summary>The storages that were referred to, by key.</summary>
    public IReadOnlyDictionary<string, StorageReference> Storages => _storages;

    public PickleGlobal Allow(string module, string name)
    {
        var global = new PickleGlobal(module, name);
        if (global == OrderedDict || global == RebuildTensor || global == RebuildParameter || IsStorage(global)) return global;
        if (Array.Exists(CallbackModules, prefix => module.StartsWith(prefix, StringComparison.Ordinal))) return global;
        throw new WeightFileException(file,
            $"has a pickle that names {global}, which is not among the few names that files of tensors need (OrderedDict, torch's tensors, parameters and storages); nothing of it was executed. Where the file is trusted, save its state dict alone, or as safetensors");
    }

    public object? Build(PickleGlobal global, PickleContainer arguments)
    {
        if (global == OrderedDict) return Dictionary(arguments);
        if (global == RebuildTensor) return Tensor(arguments.Items);
        if (global == RebuildParameter && arguments.Items is [PickledTensor tensor, ..]) return tensor;
        throw new WeightFileException(file, $"has a pickle that calls {global} as files of tensors do not; it was not executed");
    }

    public object? Resolve(object? persistentId)
    {
        if (persistentId is not PickleContainer { Kind: PickleContainerKind.Tuple, Items: ["storage", PickleGlobal type, string key, string, long elements, .. var rest] }
            || !IsStorage(type) || rest is not ([] or [null]))
            throw new WeightFileException(file, "has a pickle that refers to something outside it that is no torch storage");
        if (elements < 0) throw new WeightFileException(file, $"refers to the storage '{key}' with {elements} elements; the number cannot be negative");
        var storage = new StorageReference(key, StorageReference.TypeOf(type.Name)!.Value, elements);
        if (_storages.TryAdd(key, storage)) return storage;
        return _storages[key] == storage ? _storages[key] : throw new WeightFileException(file, $"describes the storage '{key}' twice, once as {_storages[key]} and once as {storage}");
    }

    private static bool IsStorage(PickleGlobal global) => global.Module == "torch" && StorageReference.TypeOf(global.Name) is not null;

    private PickleContainer Dictionary(PickleContainer arguments)
    {
        if (arguments.Items.Count == 0) return new PickleContainer(PickleContainerKind.Dictionary);
        // Python 2 hands over a list of pairs.
        if (arguments.Items is not [PickleContainer { Kind: PickleContainerKind.List, Items.Count: 0 }])
            throw new WeightFileException(file, "has a pickle that builds an OrderedDict from something else than nothing; its entries must follow it");
        return new PickleContainer(PickleContainerKind.Dictionary);
    }

    private PickledTensor Tensor(List<object?> arguments)
    {
        if (arguments is not [StorageReference storage, long offset, PickleContainer { Kind: PickleContainerKind.Tuple } shape, PickleContainer { Kind: PickleContainerKind.Tuple } strides, ..]
            || arguments.Count is < 6 or > 7)
            throw new WeightFileException(file, "has a pickle that rebuilds a tensor from something else than storage, offset, size and stride");
        return new PickledTensor(storage, offset, Numbers(shape), Numbers(strides));
    }

    private long[] Numbers(PickleContainer tuple)
    {
        if (tuple.Items.Count > WeightEntry.MostDimensions)
            throw new WeightFileException(file, $"has a pickle with a tensor of {tuple.Items.Count} dimensions; at most {WeightEntry.MostDimensions} are read");
        var numbers = new long[tuple.Items.Count];
        for (var at = 0; at < numbers.Length; at++)
            numbers[at] = tuple.Items[at] is long number ? number : throw new WeightFileException(file, "has a pickle with a tensor whose size or stride is no whole number");
        return numbers;
    }
}

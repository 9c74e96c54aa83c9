using HealthGpt.Model.Layouts;
using HealthGpt.Model.Weights;
using TorchSharp;

namespace HealthGpt.Model.Verification;

/// <summary>Names, shapes and element types of a part's tensors, as its files' headers have them, held against what the part's configuration asks for.</summary>
/// <param name="path">The part's weight file or folder.</param>
internal sealed class TensorHeaders(string path)
{
    private readonly Dictionary<string, (string File, WeightEntry Entry)> _entries = new(StringComparer.Ordinal);

    /// <summary>The number of tensors.</summary>
    public int Count => _entries.Count;

    /// <summary>Refuses a part whose tensors are not those of its layout, before any of them is read.</summary>
    /// <param name="path">The part's weight file or folder.</param>
    /// <param name="layout">What it must hold.</param>
    /// <exception cref="WeightFileException">A file is wrong, or a tensor is missing, one too many, misshapen or of another element type; it says which, and what was expected.</exception>
    public static void Require(string path, PartLayout layout)
    {
        var headers = new TensorHeaders(path);
        foreach (var shard in WeightFolder.ShardsOf(path))
        {
            using var file = shard.Open();
            foreach (var entry in file.Entries.Values)
                if (headers.Add(file.Name, entry) is { } twice) throw twice.ToException();
        }

        var faults = headers.Against(layout).Take(2).ToList();
        if (faults.Count > 0) throw faults[0].ToException(faults.Count > 1 ? "; it is not the only one, 'weights verify' lists all" : "");
    }

    /// <summary>Adds a tensor.</summary>
    /// <returns>What is wrong, where there is one of that name already.</returns>
    public WeightFault? Add(string file, WeightEntry entry) => _entries.TryAdd(entry.Name, (file, entry))
        ? null
        : new WeightFault(file, WeightFileException.Printable(entry.Name), "a tensor in one file alone", $"one that is in {_entries[entry.Name].File} too");

    /// <summary>Everything that differs from a layout.</summary>
    public IEnumerable<WeightFault> Against(PartLayout layout)
    {
        var expected = layout.Tensors.Select(tensor => tensor.Name).ToHashSet(StringComparer.Ordinal);
        return layout.Tensors.Select(tensor => Against(tensor, layout)).OfType<WeightFault>().Concat(
            from item in _entries.OrderBy(item => item.Key, StringComparer.Ordinal)
            where !expected.Contains(item.Key) && !layout.MayHold(item.Key)
            select WeightFault.Extra(item.Value.File, item.Value.Entry, layout.Owner));
    }

    private WeightFault? Against(ExpectedTensor tensor, PartLayout layout)
    {
        if (!_entries.TryGetValue(tensor.Name, out var found)) return WeightFault.Missing(path, tensor, layout.Owner);
        if (!tensor.Shape.AsSpan().SequenceEqual(found.Entry.Shape)) return WeightFault.Misshapen(found.File, found.Entry, tensor, layout.Owner);
        return found.Entry.Type is torch.ScalarType.Float32 or torch.ScalarType.Float16 or torch.ScalarType.BFloat16 ? null : WeightFault.OfType(found.File, found.Entry);
    }
}

using System.Buffers.Binary;
using HealthGpt.Model.Weights.Pickles;

namespace HealthGpt.Model.Weights.PyTorch;

/// <summary>The storages at the end of a file from before PyTorch 1.6: for each key of a list, 8 bytes with the number of elements and the elements.</summary>
internal sealed class LegacyStorages
{
    private readonly Dictionary<string, long> _places = new(StringComparer.Ordinal);
    private readonly string _file;

    /// <exception cref="WeightFileException">The file ends early or late, or a storage is not as the objects describe it.</exception>
    public LegacyStorages(WeightBytes bytes, string file, long place, PickleContainer keys, IReadOnlyDictionary<string, StorageReference> described)
    {
        _file = file;
        foreach (var item in keys.Items)
        {
            if (item is not string key || !described.TryGetValue(key, out var storage))
                throw new WeightFileException(file, $"lists the storage '{item}', to which none of its objects refers, so that its element type is unknown");
            if (bytes.Length - place < 8) throw new WeightFileException(file, $"ends at byte {bytes.Length}, before the storage '{key}'; it is truncated");
            var elements = BinaryPrimitives.ReadInt64LittleEndian(bytes.Slice(place, 8));
            if (elements != storage.Elements) throw new WeightFileException(file, $"describes {storage.Elements} elements of the storage '{key}', but stores {elements}");
            place += 8;
            if (storage.Bytes > bytes.Length - place)
                throw new WeightFileException(file, $"needs {storage.Bytes} bytes for the storage '{key}', but has {bytes.Length - place} left; it is truncated");
            if (!_places.TryAdd(key, place)) throw new WeightFileException(file, $"lists the storage '{key}' twice");
            place += (long)storage.Bytes;
        }

        if (place != bytes.Length) throw new WeightFileException(file, $"has {bytes.Length - place} bytes after its last storage that belong to nothing");
    }

    /// <summary>The first byte of a storage.</summary>
    /// <exception cref="WeightFileException">The file does not hold it.</exception>
    public long Find(StorageReference storage) => _places.TryGetValue(storage.Key, out var place)
        ? place
        : throw new WeightFileException(_file, $"refers to the storage '{storage.Key}', but does not hold it");
}

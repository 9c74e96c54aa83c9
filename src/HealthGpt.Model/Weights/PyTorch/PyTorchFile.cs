using System.Buffers.Binary;
using System.Numerics;
using HealthGpt.Model.Weights.Pickles;

namespace HealthGpt.Model.Weights.PyTorch;

/// <summary>A file of <c>torch.save</c> that holds a state dict, by itself or under the key <c>state_dict</c> of a Lightning checkpoint.</summary>
internal sealed class PyTorchFile : WeightFile
{
    // "Magic number", protocol of the container and byte order come first (torch/serialization.py, _legacy_save).
    private static readonly BigInteger LegacyMagic = BigInteger.Parse("119547037146038801333356", System.Globalization.CultureInfo.InvariantCulture);
    private const long LegacyProtocol = 1001;

    private readonly StateDict _state;

    private PyTorchFile(WeightBytes bytes, string name, WeightFileKind kind, StateDict state)
        : base(bytes, name)
    {
        Kind = kind;
        _state = state;
    }

    public override WeightFileKind Kind { get; }

    public override IReadOnlyDictionary<string, WeightEntry> Entries => _state.Entries;

    public override IReadOnlyList<string> IgnoredKeys => _state.IgnoredKeys;

    /// <summary>Opens the zip archive that torch writes since 1.6: NAME/data.pkl and one member NAME/data/KEY for each storage.</summary>
    public static PyTorchFile OpenArchive(WeightBytes bytes, string file)
    {
        var allowance = new ReadAllowance(file, bytes.Length);
        var zip = new StoredZip(bytes, file, allowance);
        var pickles = zip.Members.Keys.Where(name => name.EndsWith("/data.pkl", StringComparison.Ordinal) && name.Count(letter => letter == '/') == 1).ToList();
        if (pickles.Count != 1) throw new WeightFileException(file, $"has {pickles.Count} archive members NAME/data.pkl; torch.save writes one");
        var folder = pickles[0][..^"data.pkl".Length];
        if (zip.Members.TryGetValue(folder + "byteorder", out var order) && order.Length == 3 && bytes.Slice(order.Offset, 3).SequenceEqual("big"u8))
            throw new WeightFileException(file, "holds big-endian numbers; only little-endian ones are read");

        var (place, length) = zip.Members[pickles[0]];
        if (length > int.MaxValue) throw new WeightFileException(file, $"has a pickle of {length} bytes; at most {int.MaxValue} are read");
        var root = PickleReader.Read(bytes.Slice(place, (int)length), file, new TorchObjects(file), allowance, out var read);
        if (read != length) throw new WeightFileException(file, $"has a pickle of {read} bytes in an archive member of {length}");
        return new PyTorchFile(bytes, file, WeightFileKind.PyTorchArchive, new StateDict(file, root, storage => Find(file, zip, folder, storage), allowance));
    }

    private static long Find(string file, StoredZip zip, string folder, StorageReference storage)
    {
        if (!zip.Members.TryGetValue($"{folder}data/{storage.Key}", out var member))
            throw new WeightFileException(file, $"refers to the storage '{storage.Key}', but has no archive member '{folder}data/{storage.Key}'");
        if (member.Length != storage.Bytes)
            throw new WeightFileException(file, $"needs {storage.Bytes} bytes for the {storage.Elements} elements ({storage.Type}) of the storage '{storage.Key}', but its archive member has {member.Length}");
        return member.Offset;
    }

    /// <summary>Opens the form before 1.6: the pickles of magic number, protocol, system, object and storage keys, then the storages in that order.</summary>
    public static PyTorchFile OpenLegacy(WeightBytes bytes, string file)
    {
        var allowance = new ReadAllowance(file, bytes.Length);
        var objects = new TorchObjects(file);
        var place = 0L;
        object? Next()
        {
            var value = PickleReader.Read(bytes.Slice(place, (int)Math.Min(bytes.Length - place, int.MaxValue)), file, objects, allowance, out var length);
            place += length;
            return value;
        }

        if (Next() is not BigInteger magic || magic != LegacyMagic) throw new WeightFileException(file, "is a pickle, but none of torch.save, which starts with a magic number");
        if (Next() is not LegacyProtocol) throw new WeightFileException(file, $"is of another container protocol than {LegacyProtocol}, the only one of PyTorch before 1.6");
        if (Next() is not PickleContainer { Kind: PickleContainerKind.Dictionary } system || !system.Pairs.Contains(("little_endian", true)))
            throw new WeightFileException(file, "does not say that its numbers are little-endian; only such are read");
        var root = Next();
        if (Next() is not PickleContainer { Kind: PickleContainerKind.List } keys) throw new WeightFileException(file, "has no list of storages after its objects");
        var storages = new LegacyStorages(bytes, file, place, keys, objects.Storages);
        return new PyTorchFile(bytes, file, WeightFileKind.PyTorchLegacy, new StateDict(file, root, storages.Find, allowance));
    }
}

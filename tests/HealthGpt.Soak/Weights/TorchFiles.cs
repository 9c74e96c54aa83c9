using System.Buffers.Binary;

namespace HealthGpt.Soak.Weights;

/// <summary>Whole files around a pickle, as torch.save makes them.</summary>
internal static class TorchFiles
{
    /// <summary>The archive since PyTorch 1.6.</summary>
    public static byte[] Archive(byte[] pickle, IEnumerable<SavedTensor> tensors) =>
        ZipWriter.Write([.. Members(pickle, tensors)]);

    public static IEnumerable<ZipMember> Members(byte[] pickle, IEnumerable<SavedTensor> tensors)
    {
        yield return new ZipMember("weights/data.pkl", pickle);
        yield return new ZipMember("weights/byteorder", [.. "little"u8]);
        foreach (var tensor in tensors.DistinctBy(tensor => tensor.Key)) yield return new ZipMember($"weights/data/{tensor.Key}", tensor.Elements);
        yield return new ZipMember("weights/version", [.. "3\n"u8]);
    }

    /// <summary>The form before PyTorch 1.6.</summary>
    public static byte[] Legacy(byte[] pickle, IEnumerable<SavedTensor> tensors)
    {
        using var file = new MemoryStream();
        file.Write(new PickleWriter().Raw(0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19).Stop());
        file.Write(new PickleWriter().Number(1001).Stop());
        file.Write(new PickleWriter().Op('}').Op('(').Text("protocol_version").Number(1001).Text("little_endian").Bool(true)
            .Text("type_sizes").Op('}').Op('(').Text("short").Number(2).Text("int").Number(4).Text("long").Number(4).Op('u').Op('u').Stop());
        file.Write(pickle);
        var storages = tensors.DistinctBy(tensor => tensor.Key).ToList();
        var keys = new PickleWriter().Op(']').Op('(');
        foreach (var storage in storages) keys.Text(storage.Key);
        file.Write(keys.Op('e').Stop());
        var count = new byte[8];
        foreach (var storage in storages)
        {
            BinaryPrimitives.WriteInt64LittleEndian(count, storage.Elements.Length / SavedTensor.BytesOf(storage.Type));
            file.Write(count);
            file.Write(storage.Elements);
        }

        return file.ToArray();
    }
}

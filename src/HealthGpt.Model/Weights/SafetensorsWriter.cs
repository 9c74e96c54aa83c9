using System.Buffers.Binary;
using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Model.Weights;

/// <summary>Writes safetensors files that Python's <c>safetensors</c> package reads.</summary>
public static class SafetensorsWriter
{
    /// <summary>Writes tensors in the order given.</summary>
    /// <param name="target">Where the bytes go.</param>
    /// <param name="tensors">The tensors by key; they stay the caller's.</param>
    /// <param name="metadata">Free-form metadata for the header.</param>
    public static void Write(Stream target, IEnumerable<KeyValuePair<string, Tensor>> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var list = tensors.ToList();
        WriteHeader(target, list, metadata);
        foreach (var (_, tensor) in list)
        {
            using var detached = tensor.detach();
            using var here = detached.cpu();
            using var plain = here.contiguous();
            if (plain.numel() > 0) target.Write(plain.bytes);
        }
    }

    private static void WriteHeader(Stream target, List<KeyValuePair<string, Tensor>> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        using var json = new MemoryStream();
        using (var writer = new Utf8JsonWriter(json))
        {
            writer.WriteStartObject();
            if (metadata is { Count: > 0 }) WriteMetadata(writer, metadata);
            var offset = 0L;
            foreach (var (name, tensor) in tensors)
            {
                var length = tensor.numel() * SafetensorsFormat.BytesOf(tensor.dtype);
                WriteEntry(writer, name, tensor, offset, length);
                offset += length;
            }

            writer.WriteEndObject();
        }

        // Readers map the file; the padding keeps the data aligned.
        while (json.Length % 8 != 0) json.WriteByte((byte)' ');
        Span<byte> prefix = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, (ulong)json.Length);
        target.Write(prefix);
        json.Position = 0;
        json.CopyTo(target);
    }

    private static void WriteMetadata(Utf8JsonWriter writer, IReadOnlyDictionary<string, string> metadata)
    {
        writer.WriteStartObject("__metadata__");
        foreach (var (key, value) in metadata.OrderBy(item => item.Key, StringComparer.Ordinal)) writer.WriteString(key, value);
        writer.WriteEndObject();
    }

    private static void WriteEntry(Utf8JsonWriter writer, string name, Tensor tensor, long offset, long length)
    {
        writer.WriteStartObject(name);
        writer.WriteString("dtype", SafetensorsFormat.NameOf(tensor.dtype));
        writer.WriteStartArray("shape");
        foreach (var size in tensor.shape) writer.WriteNumberValue(size);
        writer.WriteEndArray();
        writer.WriteStartArray("data_offsets");
        writer.WriteNumberValue(offset);
        writer.WriteNumberValue(offset + length);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}

using System.Buffers.Binary;
using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Model.Weights;

/// <summary>Writes safetensors files that Python's <c>safetensors</c> package reads.</summary>
public static class SafetensorsWriter
{
    /// <summary>The metadata of files of PyTorch tensors; transformers refuses files whose metadata does not say this.</summary>
    public static IReadOnlyDictionary<string, string> PyTorchFormat { get; } = new Dictionary<string, string> { ["format"] = "pt" };

    /// <summary>Writes tensors in the order given.</summary>
    /// <param name="target">Where the bytes go.</param>
    /// <param name="tensors">The tensors by key; they stay the caller's.</param>
    /// <param name="metadata">Free-form metadata for the header.</param>
    public static void Write(Stream target, IEnumerable<KeyValuePair<string, Tensor>> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var list = tensors.ToList();
        WriteHeader(target, list.Select(item => (item.Key, item.Value.dtype, item.Value.shape)), metadata);
        foreach (var (_, tensor) in list)
        {
            using var detached = tensor.detach();
            using var here = detached.cpu();
            using var plain = here.contiguous();
            WriteElements(target, plain);
        }
    }

    /// <summary>Writes the tensors of a weight file by key in ordinal order; one of them is in memory at a time.</summary>
    /// <param name="target">Where the bytes go.</param>
    /// <param name="source">The file; it stays the caller's.</param>
    /// <param name="metadata">Free-form metadata for the header.</param>
    /// <param name="wanted">Which tensors are written, by name; all by default.</param>
    /// <param name="cancellationToken">Stops between two tensors.</param>
    public static void Write(
        Stream target, WeightFile source, IReadOnlyDictionary<string, string>? metadata = null, Func<string, bool>? wanted = null, CancellationToken cancellationToken = default)
    {
        var entries = source.Entries.Values.Where(entry => wanted?.Invoke(entry.Name) != false).OrderBy(entry => entry.Name, StringComparer.Ordinal).ToList();
        WriteHeader(target, entries.Select(entry => (entry.Name, entry.Type, entry.Shape)), metadata);
        foreach (var entry in entries)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var tensor = source.Read(entry.Name);
            WriteElements(target, tensor);
        }
    }

    private static void WriteElements(Stream target, Tensor contiguous)
    {
        using var flat = contiguous.view(-1);
        // A span holds at most 2 GB.
        var most = (1 << 30) / flat.element_size();
        for (var start = 0L; start < flat.numel(); start += most)
        {
            using var part = flat.narrow(0, start, Math.Min(most, flat.numel() - start));
            target.Write(part.bytes);
        }
    }

    internal static void WriteHeader(Stream target, IEnumerable<(string Name, ScalarType Type, long[] Shape)> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        using var json = new MemoryStream();
        using (var writer = new Utf8JsonWriter(json))
        {
            writer.WriteStartObject();
            if (metadata is { Count: > 0 }) WriteMetadata(writer, metadata);
            var offset = 0L;
            foreach (var (name, type, shape) in tensors)
            {
                var length = shape.Aggregate(1L, (elements, size) => elements * size) * SafetensorsFormat.BytesOf(type);
                WriteEntry(writer, name, type, shape, offset, length);
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

    private static void WriteEntry(Utf8JsonWriter writer, string name, ScalarType type, long[] shape, long offset, long length)
    {
        writer.WriteStartObject(name);
        writer.WriteString("dtype", SafetensorsFormat.NameOf(type));
        writer.WriteStartArray("shape");
        foreach (var size in shape) writer.WriteNumberValue(size);
        writer.WriteEndArray();
        writer.WriteStartArray("data_offsets");
        writer.WriteNumberValue(offset);
        writer.WriteNumberValue(offset + length);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}

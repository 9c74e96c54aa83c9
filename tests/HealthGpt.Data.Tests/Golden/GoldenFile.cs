using System.Runtime.InteropServices;
using System.Text.Json;

namespace HealthGpt.Data.Tests.Golden;

/// <summary>Reads the reference files beside the tests.</summary>
internal static class GoldenFile
{
    public static string PathOf(string folder, string name) => Path.Combine(AppContext.BaseDirectory, "Golden", folder, name);

    public static IReadOnlyDictionary<string, GoldenTensor> Tensors(string folder, string name)
    {
        var bytes = File.ReadAllBytes(PathOf(folder, name));
        var headerLength = BitConverter.ToInt32(bytes, 0);
        using var header = JsonDocument.Parse(bytes.AsMemory(8, headerLength));
        var tensors = new Dictionary<string, GoldenTensor>();
        foreach (var entry in header.RootElement.EnumerateObject().Where(entry => entry.Name != "__metadata__"))
        {
            var offsets = entry.Value.GetProperty("data_offsets");
            var (start, end) = (offsets[0].GetInt32(), offsets[1].GetInt32());
            var shape = entry.Value.GetProperty("shape").EnumerateArray().Select(size => size.GetInt32()).ToArray();
            tensors[entry.Name] = new GoldenTensor(shape, bytes.AsSpan(8 + headerLength + start, end - start).ToArray());
        }

        return tensors;
    }
}

internal sealed record GoldenTensor(int[] Shape, byte[] Bytes)
{
    public ReadOnlySpan<float> Floats => MemoryMarshal.Cast<byte, float>(Bytes);
}

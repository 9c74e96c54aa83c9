using System.Runtime.InteropServices;
using System.Text.Json;

namespace HealthGpt.Data.Tests.Golden;

/// <summary>Reads the reference files beside the tests, or those of the folder that HEALTHGPT_GOLDEN names.</summary>
internal static class GoldenFile
{
    private static readonly string Folder = Environment.GetEnvironmentVariable("HEALTHGPT_GOLDEN") is { Length: > 0 } other ? other : Own;

    private static string Own => Path.Combine(AppContext.BaseDirectory, "Golden");

    public static string PathOf(string folder, string name) => Path.Combine(Folder, folder, name);

    /// <summary>A file that a test knows by name, which another folder need not have.</summary>
    public static string OwnPathOf(string folder, string name) => Path.Combine(Own, folder, name);

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

    public static JsonDocument Json(string folder, string name) => JsonDocument.Parse(File.ReadAllText(PathOf(folder, name)));
}

internal sealed record GoldenTensor(int[] Shape, byte[] Bytes)
{
    public ReadOnlySpan<float> Floats => MemoryMarshal.Cast<byte, float>(Bytes);
}

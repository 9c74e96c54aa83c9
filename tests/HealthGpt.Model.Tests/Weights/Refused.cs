using HealthGpt.Model.Weights;

namespace HealthGpt.Model.Tests.Weights;

/// <summary>Holds refusals to their promises.</summary>
internal static class Refused
{
    /// <summary>The bytes are refused with a message that names the file and holds the words, before much memory is taken.</summary>
    public static void ByOpening(byte[] bytes, params string[] words)
    {
        using var files = new TemporaryFiles();
        var path = files.Write("hostile.bin", bytes);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<WeightFileException>(() => WeightFile.Open(path).Dispose());
        var taken = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(path, error.File);
        Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
        foreach (var word in words) Assert.Contains(word, error.Message, StringComparison.Ordinal);
        Assert.True(taken <= (2 * bytes.Length) + (16 << 20), $"took {taken} bytes for a file of {bytes.Length}");
    }
}

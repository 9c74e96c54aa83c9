using HealthGpt.Model.Weights;
using HealthGpt.Soak.Weights;
using static TorchSharp.torch;

namespace HealthGpt.Model.Tests.Weights;

/// <summary>Alone, because what is measured is the memory of the process.</summary>
[CollectionDefinition(nameof(ReadingMemoryTests), DisableParallelization = true)]
[Collection(nameof(ReadingMemoryTests))]
public sealed class ReadingMemoryTests
{
    [Fact]
    public void Reading_one_tensor_of_a_large_file_takes_memory_for_that_tensor_only()
    {
        using var files = new TemporaryFiles();
        const int Large = 512 << 20;
        var path = Path.Combine(files.Folder, "large.safetensors");
        var header = System.Text.Encoding.UTF8.GetBytes(
            $"{{\"large\":{{\"dtype\":\"U8\",\"shape\":[{Large}],\"data_offsets\":[0,{Large}]}},\"small\":{{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[{Large},{Large + 16}]}}}}");
        using (var stream = File.Create(path))
        {
            stream.Write(SafetensorsBytes.Of(header, []));
            // Sparse: the large tensor takes no disk.
            stream.SetLength(stream.Length + Large + 16);
        }

        // libtorch is loaded by its first tensor.
        zeros(1).Dispose();
        var managed = GC.GetAllocatedBytesForCurrentThread();
        var resident = ResidentBytes();
        using var file = WeightFile.Open(path);
        using var small = file.Read("small");

        Assert.Equal([4L], small.shape);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - managed < 1 << 20);
        Assert.True(ResidentBytes() - resident < Large / 2);
    }

    private static long ResidentBytes()
    {
        using var process = System.Diagnostics.Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}

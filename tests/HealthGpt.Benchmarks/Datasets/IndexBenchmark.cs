using HealthGpt.Benchmarks.Measuring;
using HealthGpt.Benchmarks.Subjects;
using HealthGpt.Data.Samples;

namespace HealthGpt.Benchmarks.Datasets;

/// <summary>A million samples: indexing them, opening them again and reading them in any order, next to what reading the file's bytes alone costs.</summary>
internal sealed class IndexBenchmark : IBenchmark
{
    private const int Reads = 2000;

    public string Name => "index";

    public void Run(Meter meter)
    {
        using var folder = new TemporaryFolder();
        var samples = MillionSamples.Write(folder.FullName);
        var cacheFolder = folder["cache"];
        var cache = new SampleCache(cacheFolder);
        var megabytes = new FileInfo(samples).Length / 1e6;
        var buffer = new byte[1 << 20];
        var plain = Side.Of("the file read and nothing done", () => ReadAll(samples, buffer));
        var processor = TimeSpan.Zero;
        Directory.CreateDirectory(cacheFolder);
        void Forget() => Directory.Delete(cacheFolder, recursive: true);
        void Drop() => PageCache.Drop(samples);
        var index = Side.Of("indexed, every sample checked", () => processor = ProcessorTimeOf(() => Open(samples, cache)), Forget) with { Note = () => $"{processor.TotalSeconds:F1} s of processor time" };
        var what = $"{MillionSamples.Count} samples in {megabytes:F0} MB of JSON lines";
        meter.Compare(Name, what, plain, index, new Work(megabytes, "MB"));
        meter.Compare(Name, what + ", not in the page cache", plain.After(Drop), index.After(Drop), new Work(megabytes, "MB"));

        long held = 0;
        var opened = Side.Of("opened with its index", () => held = HeldBy(() => Dataset.Load(samples, cache, CancellationToken.None)));
        meter.Compare(Name, what + ", opened again", plain, opened with { Note = () => $"{held / 1e6:F1} MB held" });

        var dataset = Dataset.Load(samples, cache, CancellationToken.None);
        meter.Compare(
            Name, $"{Reads} of {MillionSamples.Count} samples in random order",
            Side.Of("the bytes read and nothing done", BytesInRandomOrder(samples, megabytes)), Side.Of("samples read", SamplesInRandomOrder(dataset)),
            new Work(Reads, "samples"));
    }

    private static void Open(string samples, SampleCache cache) => GC.KeepAlive(Dataset.Load(samples, cache, CancellationToken.None));

    // What other processes do to a machine shows in the time of the clock alone.
    private static TimeSpan ProcessorTimeOf(Action run)
    {
        var before = Environment.CpuUsage.TotalTime;
        run();
        return Environment.CpuUsage.TotalTime - before;
    }

    private static void ReadAll(string path, byte[] buffer)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        while (file.Read(buffer) > 0)
        {
        }
    }

    private static long HeldBy(Func<object> open)
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var opened = open();
        var held = GC.GetTotalMemory(forceFullCollection: true) - before;
        GC.KeepAlive(opened);
        return held;
    }

    private static Action BytesInRandomOrder(string path, double megabytes) => () =>
    {
        using var file = File.OpenHandle(path);
        var (random, bytes) = (new Random(20289), new byte[(int)(megabytes * 1e6 / MillionSamples.Count)]);
        for (var read = 0; read < Reads; read++)
            RandomAccess.Read(file, bytes, random.NextInt64((long)(megabytes * 1e6)));
    };

    private static Action SamplesInRandomOrder(Dataset dataset) => () =>
    {
        var random = new Random(20289);
        for (var read = 0; read < Reads; read++)
            GC.KeepAlive(dataset.Samples[random.Next(dataset.Samples.Count)]);
    };
}

using HealthGpt.Benchmarks.Measuring;
using HealthGpt.Collectives;

namespace HealthGpt.Benchmarks.Collectives;

/// <summary>All-reduce between two processes of this machine, against gloo and against a plain copy of the same bytes.</summary>
internal sealed class AllReduceBenchmark : IBenchmark
{
    private const int Large = 16_000_000;
    private const int Small = 256;

    public string Name => "collectives";

    public void Run(Meter meter)
    {
        using var gloo = RankProcesses.StartGloo();
        using var shared = RankProcesses.Start(Transport.SharedMemory);
        using var tcp = RankProcesses.Start(Transport.Tcp);
        using var tls = RankProcesses.Start(Transport.Tcp, Encryption.Tls);
        foreach (var (elements, what) in new[] { (Large, "64 MB"), (Small, "1 KB") })
        {
            var name = $"all-reduce of {what} float32, 2 processes";
            var sides = new[] { shared.AllReduce("shared memory", elements), tcp.AllReduce("TCP", elements) };
            foreach (var side in sides)
            {
                if (gloo is not null) meter.Compare(Name, name, gloo.AllReduce("gloo", elements), side);
                meter.Compare(Name, name, Copy(elements), side);
            }

            meter.Compare(Name, name, sides[1], tls.AllReduce("TCP in TLS", elements));
        }
    }

    private static Side Copy(int elements)
    {
        float[] from = RandomValues.Create(elements, 0), to = new float[elements];
        return Side.Of("memory copy", () => from.CopyTo(to, 0));
    }
}

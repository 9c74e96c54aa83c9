using System.Net.NetworkInformation;

namespace HealthGpt.Benchmarks.Collectives;

/// <summary>Bytes that go over the loopback interface, by its own counter: payload, headers and acknowledgements of every process of the machine.</summary>
internal static class LoopbackBytes
{
    public static string During(Action run)
    {
        const int runs = 5;
        var before = Sent();
        for (var time = 0; time < runs; time++) run();
        return FormattableString.Invariant($"{(Sent() - before) / 1e6 / runs:F1} MB over loopback");
    }

    private static long Sent() => NetworkInterface.GetAllNetworkInterfaces()
        .Where(candidate => candidate.NetworkInterfaceType == NetworkInterfaceType.Loopback).Sum(loopback => loopback.GetIPStatistics().BytesSent);
}

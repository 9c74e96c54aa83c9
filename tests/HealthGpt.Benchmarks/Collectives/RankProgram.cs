using System.Diagnostics;
using System.Globalization;
using HealthGpt.Collectives;

namespace HealthGpt.Benchmarks.Collectives;

/// <summary>
/// One rank of a process group as a process of its own: for each line "ELEMENTS TIMES" of standard input, so many all-reduces of so many float32; answers with the seconds they took.
/// </summary>
internal static class RankProgram
{
    /// <summary>The first argument that makes this program a rank.</summary>
    public const string Command = "--rank";

    /// <summary>Runs until standard input ends.</summary>
    /// <param name="rank">The rank.</param>
    /// <param name="transport">What carries its data.</param>
    /// <param name="encryption">Whether in TLS.</param>
    public static async Task RunAsync(int rank, Transport transport, Encryption encryption)
    {
        await using var listener = PeerListener.Start();
        await Console.Out.WriteLineAsync(listener.EndPoint);
        var members = (await Console.In.ReadLineAsync())!.Split(' ');
        await using var group = await ProcessGroup.FormAsync(listener, new GroupSpec
        {
            Job = "benchmark",
            Generation = 1,
            Rank = rank,
            Members = members,
            Secret = "benchmark",
            Transport = transport,
            Encryption = encryption,
            // A machine that measures may starve heartbeats.
            HeartbeatInterval = TimeSpan.FromSeconds(5),
        });
        await Console.Out.WriteLineAsync("ready");
        var values = new Dictionary<int, float[]>();
        while (await Console.In.ReadLineAsync() is { } line)
        {
            var numbers = Array.ConvertAll(line.Split(' '), number => int.Parse(number, CultureInfo.InvariantCulture));
            if (!values.TryGetValue(numbers[0], out var mine)) values[numbers[0]] = mine = await CheckedAsync(group, numbers[0]);
            await group.BarrierAsync();
            var start = Stopwatch.GetTimestamp();
            for (var time = 0; time < numbers[1]; time++) await group.AllReduceAsync(mine);
            await Console.Out.WriteLineAsync(Stopwatch.GetElapsedTime(start).TotalSeconds.ToString("R", CultureInfo.InvariantCulture));
        }
    }

    private static async Task<float[]> CheckedAsync(ProcessGroup group, int elements)
    {
        var values = GC.AllocateUninitializedArray<float>(elements);
        Array.Fill(values, 1);
        await group.AllReduceAsync(values);
        if (values.AsSpan().ContainsAnyExcept((float)group.WorldSize)) throw new InvalidOperationException("the sum is wrong, so its time says nothing");
        // Sums of zero stay what they are, however often.
        Array.Fill(values, 0);
        for (var time = 0; time < WarmUps(elements); time++) await group.AllReduceAsync(values);
        return values;
    }

    // As many as on the other side; enough for the runtime to compile what it finds hot.
    private static int WarmUps(int elements) => elements > 1_000_000 ? 30 : 5000;
}

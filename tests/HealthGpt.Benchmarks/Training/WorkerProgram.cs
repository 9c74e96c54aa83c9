using System.Diagnostics;
using System.Globalization;
using HealthGpt.Benchmarks.Subjects;
using HealthGpt.Collectives;
using TorchSharp;

namespace HealthGpt.Benchmarks.Training;

/// <summary>
/// A worker with one thread as a process of its own: tells its address, reads those of its group, and for each line "STEPS" of standard input takes so many steps on healthgpt-nano, one shard of
/// four samples a worker; answers with the seconds they took and those it waited for sums.
/// </summary>
internal static class WorkerProgram
{
    /// <summary>The first argument that makes this program a worker.</summary>
    public const string Command = "--worker";

    /// <summary>Samples of a worker's shard.</summary>
    public const int Samples = 4;

    private const int WarmUps = 3;

    /// <summary>Runs until standard input ends.</summary>
    /// <param name="data">The dataset file.</param>
    public static void Run(string data)
    {
        torch.set_num_threads(1);
        var listener = PeerListener.Start();
        Console.Out.WriteLine(listener.EndPoint);
        var members = Console.In.ReadLine()!.Split(' ');
        var setting = new StepSetting { Data = data, Batch = Samples * members.Length, Shards = members.Length, MicroBatch = Samples };
        var group = new GroupSpec
        {
            Job = "benchmark",
            Generation = 1,
            Rank = Array.IndexOf(members, listener.EndPoint),
            Members = members,
            Secret = "benchmark",
            FormTimeout = TimeSpan.FromMinutes(2),
            // A machine that measures may starve heartbeats.
            HeartbeatInterval = TimeSpan.FromSeconds(5),
        };
        using var folder = new TemporaryFolder();
        using var step = new VqaStep(folder["cache"], 1L << 30, VqaStep.Single, setting, listener, group);
        for (var time = 0; time < WarmUps; time++) step.Run();
        Console.Out.WriteLine("ready");
        while (Console.In.ReadLine() is { } line)
        {
            var (started, waited) = (Stopwatch.GetTimestamp(), step.Waited);
            for (var left = int.Parse(line, CultureInfo.InvariantCulture); left > 0; left--) step.Run();
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Stopwatch.GetElapsedTime(started).TotalSeconds:R} {(step.Waited - waited).TotalSeconds:R}"));
        }
    }
}

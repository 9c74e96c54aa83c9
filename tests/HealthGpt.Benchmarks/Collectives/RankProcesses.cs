using System.Diagnostics;
using System.Globalization;
using HealthGpt.Benchmarks.Measuring;
using HealthGpt.Benchmarks.Subjects;
using HealthGpt.Collectives;

namespace HealthGpt.Benchmarks.Collectives;

/// <summary>All ranks of a group, each a process that waits for the next measurement.</summary>
internal sealed class RankProcesses : IDisposable
{
    private const int WorldSize = 2;
    private const int InARow = 5;
    private const string Python = "/usr/bin/python3";

    private readonly List<Process> _ranks;
    private readonly TemporaryFolder? _store;

    private RankProcesses(IEnumerable<ProcessStartInfo> ranks, TemporaryFolder? store = null)
    {
        _store = store;
        _ranks = [.. ranks.Select(rank => Process.Start(rank)!)];
    }

    /// <summary>Two ranks of a <see cref="ProcessGroup"/>.</summary>
    public static RankProcesses Start(Transport transport, Encryption encryption = Encryption.Off)
    {
        var processes = new RankProcesses(Enumerable.Range(0, WorldSize).Select(rank =>
            OwnProgram.With(RankProgram.Command, $"{rank}", $"{transport}", $"{encryption}")));
        processes.Send(string.Join(' ', processes._ranks.Select(Answer)));
        processes.AwaitReady();
        return processes;
    }

    /// <summary>Two ranks of torch.distributed over gloo; null, with the reason told, where Python has no torch.</summary>
    public static RankProcesses? StartGloo()
    {
        if (!HasTorch())
        {
            Console.Error.WriteLine($"{Python} cannot import torch (Debian's python3-torch), so nothing is compared with gloo");
            return null;
        }

        var store = new TemporaryFolder();
        var script = Path.Combine(AppContext.BaseDirectory, "Collectives", "gloo_rank.py");
        var processes = new RankProcesses(
            Enumerable.Range(0, WorldSize).Select(rank => Info(Python, [script, $"{rank}", $"{WorldSize}", store["store"]])), store);
        processes.AwaitReady();
        return processes;
    }

    /// <summary>A side whose time is that of the slower rank. A run is the mean of several in a row, as a step's buckets are: the first finds the ranks asleep.</summary>
    public Side AllReduce(string name, int elements) => new(name, times =>
    {
        Send(FormattableString.Invariant($"{elements} {times * InARow}"));
        return TimeSpan.FromSeconds(_ranks.Select(Answer).Max(answer => double.Parse(answer, CultureInfo.InvariantCulture)) / InARow);
    });

    public void Dispose()
    {
        foreach (var rank in _ranks)
        {
            rank.StandardInput.Close();
            if (!rank.WaitForExit(TimeSpan.FromSeconds(10))) rank.Kill();
            rank.Dispose();
        }

        _store?.Dispose();
    }

    private static bool HasTorch()
    {
        if (!File.Exists(Python)) return false;
        using var python = Process.Start(Info(Python, ["-c", "import torch.distributed as d; assert d.is_gloo_available()"]))!;
        // Its complaint is expected where torch is not there.
        python.ErrorDataReceived += (_, _) => { };
        python.WaitForExit();
        return python.ExitCode == 0;
    }

    private static ProcessStartInfo Info(string program, IEnumerable<string> arguments) => new(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true };

    private void AwaitReady()
    {
        foreach (var rank in _ranks)
        {
            if (Answer(rank) is var answer && answer != "ready") throw new InvalidOperationException($"a rank says '{answer}' instead of being ready");
        }
    }

    private void Send(string line)
    {
        foreach (var rank in _ranks)
        {
            rank.StandardInput.WriteLine(line);
            rank.StandardInput.Flush();
        }
    }

    private static string Answer(Process rank) => rank.StandardOutput.ReadLine() ?? throw new InvalidOperationException("a rank ended; what it said stands above");
}

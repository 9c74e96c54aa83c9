using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using HealthGpt.Cli.Terminal;
using HealthGpt.Storage.Locations;

namespace HealthGpt.Cli.Tests.LocalTraining;

/// <summary>'healthgpt train run --json' as a process of its own, line by line.</summary>
internal sealed class TrainRunProcess : IDisposable
{
    private readonly Process _process;
    private readonly Task<string> _error;
    private readonly List<JsonElement> _events = [];

    private TrainRunProcess(Process process)
    {
        _process = process;
        _error = process.StandardError.ReadToEndAsync();
    }

    public int Id => _process.Id;

    /// <summary>What it has told so far.</summary>
    public IReadOnlyList<JsonElement> Events => _events;

    /// <summary>The processes of its workers, the newest of each name.</summary>
    public IReadOnlyDictionary<string, int> Workers => _events.Where(happened => TypeOf(happened) == "worker-started")
        .GroupBy(happened => happened.GetProperty("worker").GetString()!).ToDictionary(same => same.Key, same => same.Last().GetProperty("process").GetInt32());

    public static TrainRunProcess Start(string job, string cache, params string[] arguments) => StartOn(new StorageAccess(), job, cache, arguments);

    /// <summary>Starts one that reaches Azure Blob Storage.</summary>
    public static TrainRunProcess StartOn(StorageAccess access, string job, string cache, params string[] arguments)
    {
        var start = OwnProcess.With(["train", "run", job, "--json", .. arguments]);
        start.Environment["HEALTHGPT_CACHE"] = cache;
        if (access.ConnectionString is { } text) start.Environment[StorageAccess.Variable] = text;
        return new TrainRunProcess(Process.Start(start)!);
    }

    /// <summary>Starts one whose files cannot grow beyond so many kilobytes (RLIMIT_FSIZE), as on a full disk.</summary>
    public static TrainRunProcess StartWithin(int mostFileKilobytes, string job, string cache, params string[] arguments)
    {
        var start = OwnProcess.With(["train", "run", job, "--json", .. arguments]);
        string[] program = [start.FileName, .. start.ArgumentList];
        start.FileName = "bash";
        start.ArgumentList.Clear();
        foreach (var argument in (string[])["-c", $"ulimit -f {mostFileKilobytes}; exec \"$@\"", "bash", .. program]) start.ArgumentList.Add(argument);
        start.Environment["HEALTHGPT_CACHE"] = cache;
        // The runtime's own code memory is a file to the kernel.
        start.Environment["DOTNET_EnableWriteXorExecute"] = "0";
        return new TrainRunProcess(Process.Start(start)!);
    }

    public static string? TypeOf(JsonElement happened) => happened.GetProperty("type").GetString();

    /// <summary>Reads until something has happened.</summary>
    public async Task ReadUntilAsync(Func<JsonElement, bool> happened, CancellationToken cancellationToken)
    {
        while (await ReadAsync(cancellationToken) is { } line)
        {
            if (happened(line)) return;
        }

        Assert.Fail($"it ended before; it told {string.Join('\n', _events)} and said {await _error}");
    }

    public Task ReadUntilStepAsync(long step, CancellationToken cancellationToken) =>
        ReadUntilAsync(happened => TypeOf(happened) == "step" && happened.GetProperty("step").GetInt64() >= step, cancellationToken);

    /// <summary>Reads to its end.</summary>
    /// <returns>Its exit code and what it said on standard error.</returns>
    public async Task<(int ExitCode, string Error)> EndAsync(CancellationToken cancellationToken)
    {
        while (await ReadAsync(cancellationToken) is not null)
        {
        }

        await _process.WaitForExitAsync(cancellationToken);
        return (_process.ExitCode, await _error);
    }

    /// <summary>Waits for the end of processes of others.</summary>
    public static async Task EndOfAsync(IEnumerable<int> processes, CancellationToken cancellationToken)
    {
        foreach (var id in processes)
        {
            try
            {
                using var process = Process.GetProcessById(id);
                await process.WaitForExitAsync(cancellationToken);
            }
            catch (ArgumentException)
            {
                // Gone already.
            }
        }
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }

    private async Task<JsonElement?> ReadAsync(CancellationToken cancellationToken)
    {
        if (await _process.StandardOutput.ReadLineAsync(cancellationToken) is not { } line) return null;
        _events.Add(JsonDocument.Parse(line).RootElement);
        return _events[^1];
    }
}

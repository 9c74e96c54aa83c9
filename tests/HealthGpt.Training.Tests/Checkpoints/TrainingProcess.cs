using System.Diagnostics;
using System.Globalization;
using HealthGpt.Storage.Locations;

namespace HealthGpt.Training.Tests.Checkpoints;

/// <summary>A <see cref="TrainingChild"/> as its parent sees it.</summary>
internal sealed class TrainingProcess : IDisposable
{
    private readonly Process _process;
    private readonly List<string> _said = [];

    private TrainingProcess(Process process) => _process = process;

    /// <summary>All that it said and the parent has read.</summary>
    public IReadOnlyList<string> Said => _said;

    /// <summary>The newest checkpoint that it said was written or read; 0 before the first.</summary>
    public long Checkpoint =>
        _said.Where(line => line.StartsWith("checkpoint ", StringComparison.Ordinal))
            .Select(line => long.Parse(line["checkpoint ".Length..], CultureInfo.InvariantCulture)).LastOrDefault();

    /// <summary>Starts one.</summary>
    /// <param name="job">The job file.</param>
    /// <param name="connectionString">Where its checkpoints go, if to Azure Blob Storage.</param>
    /// <param name="mostFileKilobytes">RLIMIT_FSIZE, beyond which a file does not grow, as on a full disk; null for none.</param>
    public static TrainingProcess Start(string job, string? connectionString, int? mostFileKilobytes = null)
    {
        string[] program = ["exec", typeof(TrainingProcess).Assembly.Location];
        var start = mostFileKilobytes is not { } most ? new ProcessStartInfo("dotnet", program)
            : new ProcessStartInfo("bash", ["-c", $"trap '' XFSZ; ulimit -f {most}; exec dotnet \"$@\"", "bash", .. program]);
        start.RedirectStandardInput = start.RedirectStandardOutput = true;
        start.Environment[TrainingChild.Variable] = job;
        // The runtime's own code memory is a file to the kernel.
        if (mostFileKilobytes is not null) start.Environment["DOTNET_EnableWriteXorExecute"] = "0";
        start.Environment[StorageAccess.Variable] = connectionString;
        start.Environment["HEALTHGPT_CACHE"] = Path.Combine(Path.GetDirectoryName(job)!, "cache");
        return new TrainingProcess(Process.Start(start)!);
    }

    /// <summary>The next line; null at its end.</summary>
    public async Task<string?> ReadAsync(CancellationToken cancellationToken)
    {
        var line = await _process.StandardOutput.ReadLineAsync(cancellationToken);
        if (line is not null) _said.Add(line);
        return line;
    }

    /// <summary>Reads to its end.</summary>
    /// <returns>The last line.</returns>
    public async Task<string> EndAsync(CancellationToken cancellationToken)
    {
        while (await ReadAsync(cancellationToken) is not null)
        {
        }

        await _process.WaitForExitAsync(cancellationToken);
        return _said.LastOrDefault() ?? "";
    }

    /// <summary>Kills it (SIGKILL) and reads what it had said.</summary>
    public async Task KillAsync(CancellationToken cancellationToken)
    {
        _process.Kill();
        await EndAsync(cancellationToken);
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
    }
}

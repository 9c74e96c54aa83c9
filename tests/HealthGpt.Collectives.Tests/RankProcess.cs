using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace HealthGpt.Collectives.Tests;

/// <summary>A <see cref="RankChild"/> as its parent sees it.</summary>
internal sealed partial class RankProcess : IDisposable
{
    private const int Stop = 19;
    private const int Continue = 18;

    private readonly Process _process;

    private RankProcess(Process process, string endPoint)
    {
        _process = process;
        EndPoint = endPoint;
    }

    public string EndPoint { get; }

    /// <summary>Starts one; null where the shell cannot do what it should first.</summary>
    /// <param name="first">What a shell does before.</param>
    /// <param name="wrapper">The program that starts the shell.</param>
    public static async Task<RankProcess?> StartAsync(string first = "true", params string[] wrapper)
    {
        string[] command = [.. wrapper, "bash", "-c", $"{first} && exec dotnet exec \"$0\"", typeof(RankProcess).Assembly.Location];
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        start.Environment[RankChild.Variable] = "1";
        // The runtime's own code memory is a file to the kernel.
        start.Environment["DOTNET_EnableWriteXorExecute"] = "0";
        Process process = Process.Start(start)!;
        string? endPoint = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        if (endPoint is not null)
            return new RankProcess(process, endPoint);
        process.Dispose();
        return null;
    }

    public Task JoinAsync(GroupSpec spec) => _process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(spec));

    public async Task<string?> ReadAsync() => await _process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);

    public void Suspend() => Assert.Equal(0, Signal(_process.Id, Stop));

    public void Resume() => Assert.Equal(0, Signal(_process.Id, Continue));

    public void Dispose()
    {
        _process.Kill();
        _process.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Signal(int process, int signal);
}

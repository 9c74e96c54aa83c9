using System.Runtime.InteropServices;

namespace HealthGpt.Cli.Tests.LocalTraining;

/// <summary>Signals to other processes, at once: starting a program for it takes longer than a short run on a busy machine.</summary>
internal static partial class ProcessSignal
{
    private const int NoSuchProcess = 3;

    private static readonly Dictionary<string, int> Numbers = new() { ["INT"] = 2, ["KILL"] = 9, ["TERM"] = 15, ["STOP"] = 19 };

    /// <summary>Sends a signal by its name, for example INT.</summary>
    public static void Send(string name, int process) => Assert.True(TrySend(name, process), $"there is no process {process} to send {name} to");

    /// <summary>Sends a signal by its name to a process that may have ended.</summary>
    /// <returns>Whether it is there.</returns>
    public static bool TrySend(string name, int process)
    {
        if (Kill(process, Numbers[name]) == 0) return true;
        Assert.Equal(NoSuchProcess, Marshal.GetLastPInvokeError());
        return false;
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int process, int signal);
}

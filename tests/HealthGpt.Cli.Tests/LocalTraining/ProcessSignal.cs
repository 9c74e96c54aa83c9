using System.Runtime.InteropServices;

namespace HealthGpt.Cli.Tests.LocalTraining;

/// <summary>Signals to other processes, at once: starting a program for it takes longer than a short run on a busy machine.</summary>
internal static partial class ProcessSignal
{
    private static readonly Dictionary<string, int> Numbers = new() { ["INT"] = 2, ["KILL"] = 9, ["TERM"] = 15, ["STOP"] = 19 };

    /// <summary>Sends a signal by its name, for example INT.</summary>
    public static void Send(string name, int process) => Assert.Equal(0, Kill(process, Numbers[name]));

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}

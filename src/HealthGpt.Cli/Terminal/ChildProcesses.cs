using System.Collections.Concurrent;
using System.Diagnostics;

namespace HealthGpt.Cli.Terminal;

/// <summary>The processes that this one started and that must not outlive it, whatever way it ends.</summary>
internal static class ChildProcesses
{
    private static readonly ConcurrentDictionary<Process, bool> Known = new();

    public static void Add(Process child) => Known[child] = true;

    public static void Remove(Process child) => Known.TryRemove(child, out _);

    /// <summary>Kills them all at once.</summary>
    public static void Kill()
    {
        foreach (var child in Known.Keys)
        {
            try
            {
                child.Kill();
            }
            catch (Exception exception) when (exception is InvalidOperationException or System.ComponentModel.Win32Exception)
            {
                // Gone already.
            }
        }
    }
}

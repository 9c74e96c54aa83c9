using System.Diagnostics;

namespace HealthGpt.Cli.Terminal;

/// <summary>Ends this process for certain when an orderly end takes too long, native threads, children and all.</summary>
internal static class HardStop
{
    /// <summary>Bounds the orderly end that the token asks for.</summary>
    public static CancellationTokenRegistration Bound(TimeSpan bound, CancellationToken asked) => asked.Register(() => After(bound));

    public static void After(TimeSpan bound)
    {
        var thread = new Thread(() =>
        {
            Thread.Sleep(bound);
            ChildProcesses.Kill();
            Process.GetCurrentProcess().Kill();
        })
        {
            IsBackground = true,
            Name = "hard stop",
        };
        thread.Start();
    }
}

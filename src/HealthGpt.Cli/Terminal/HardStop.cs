using System.Diagnostics;

namespace HealthGpt.Cli.Terminal;

/// <summary>Ends this process for certain when an orderly end takes too long, native threads and all.</summary>
internal static class HardStop
{
    public static void After(TimeSpan bound)
    {
        var thread = new Thread(() =>
        {
            Thread.Sleep(bound);
            Process.GetCurrentProcess().Kill();
        })
        {
            IsBackground = true,
            Name = "hard stop",
        };
        thread.Start();
    }
}

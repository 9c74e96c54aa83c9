using System.Diagnostics;

namespace HealthGpt.Cli.Terminal;

/// <summary>Ends this process for certain when an orderly end takes too long, native threads, children and all. Disposed of, the end came in good order.</summary>
internal sealed class HardStop : IDisposable
{
    private readonly TaskCompletionSource _ended = new();
    private CancellationTokenRegistration _asked;

    private HardStop()
    {
    }

    /// <summary>Bounds the orderly end that the token asks for.</summary>
    public static HardStop Bound(TimeSpan bound, CancellationToken asked)
    {
        var stop = new HardStop();
        stop._asked = asked.Register(() => stop.Start(bound));
        return stop;
    }

    public static void After(TimeSpan bound) => new HardStop().Start(bound);

    public void Dispose()
    {
        _asked.Dispose();
        _ended.TrySetResult();
    }

    private void Start(TimeSpan bound)
    {
        var thread = new Thread(() =>
        {
            if (_ended.Task.Wait(bound)) return;
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

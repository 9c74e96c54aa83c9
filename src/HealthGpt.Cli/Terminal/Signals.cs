using System.Runtime.InteropServices;

namespace HealthGpt.Cli.Terminal;

/// <summary>
/// Turns the first signal that asks a process to end into a cancelled token: the verb that runs then ends in good order. The second one ends the process and its
/// children at once.
/// </summary>
internal sealed class Signals : IDisposable
{
    // One wish may come as several signals, for example to the process and to its group: what comes within this time is the same wish.
    internal static readonly TimeSpan SameWish = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan LastBound = TimeSpan.FromSeconds(1);

    private readonly TextWriter _error;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _asked = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<PosixSignalRegistration> _registrations = [];
    private volatile bool _isSecondHeard;
    private int _count;
    private Task _announcement = Task.CompletedTask;

    internal Signals(TextWriter error, TimeProvider time)
    {
        _error = error;
        _time = time;
    }

    /// <summary>Takes the process's signals until it is disposed.</summary>
    public static Signals Listen(TextWriter error)
    {
        var signals = new Signals(error, TimeProvider.System);
        foreach (var signal in new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP, PosixSignal.SIGQUIT })
            signals._registrations.Add(PosixSignalRegistration.Create(signal, signals.Hear));
        return signals;
    }

    public CancellationToken Token => _asked.Token;

    /// <summary>Says that the verb has ended: when this is done, nothing more is written of a signal.</summary>
    public async Task EndAsync()
    {
        _ended.TrySetResult();
        await Volatile.Read(ref _announcement);
    }

    public void Dispose()
    {
        _registrations.ForEach(registration => registration.Dispose());
        _asked.Dispose();
    }

    internal void Hear(PosixSignalContext context)
    {
        if (_isSecondHeard)
        {
            // Not cancelled: the signal then does what it does to any process.
            ChildProcesses.Kill();
            HardStop.After(LastBound);
            return;
        }

        context.Cancel = true;
        if (Interlocked.Increment(ref _count) > 1)
            return;

        // Not on the signal's own thread: a registered callback that blocks would hold up the next signal.
        _ = Task.Run(Cancel);
        Volatile.Write(ref _announcement, ListenForSecondAsync());
    }

    private async Task ListenForSecondAsync()
    {
        await Task.WhenAny(_ended.Task, Task.Delay(SameWish, _time));
        if (_ended.Task.IsCompleted)
            return;

        _isSecondHeard = true;
        await _error.WriteLineAsync("stopping; interrupt again to end at once");
    }

    private void Cancel()
    {
        try
        {
            _asked.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The verb has ended by itself.
        }
    }
}

using System.Runtime.InteropServices;

namespace HealthGpt.Cli.Terminal;

/// <summary>Turns the signals that ask a process to end into a cancelled token; the verb that runs then ends in good order.</summary>
internal sealed class Signals : IDisposable
{
    private readonly CancellationTokenSource _asked = new();
    private readonly List<PosixSignalRegistration> _registrations = [];

    public Signals()
    {
        foreach (var signal in new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP, PosixSignal.SIGQUIT })
            _registrations.Add(PosixSignalRegistration.Create(signal, Ask));
    }

    public CancellationToken Token => _asked.Token;

    public void Dispose()
    {
        _registrations.ForEach(registration => registration.Dispose());
        _asked.Dispose();
    }

    private void Ask(PosixSignalContext context)
    {
        context.Cancel = true;
        // Not on the signal's own thread: a registered callback that blocks would hold up the next signal.
        _ = Task.Run(_asked.Cancel);
    }
}

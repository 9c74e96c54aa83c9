using System.Diagnostics.CodeAnalysis;

namespace HealthGpt.Collectives.Links;

/// <summary>Trips once, with a reason, for everything that belongs to one generation.</summary>
[SuppressMessage("Reliability", "CA1001", Justification = "The source has no timer and no wait handle, and its token is asked after the group has gone.")]
internal sealed class AbortLatch
{
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _source = new();
    private readonly TaskCompletionSource _tripped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Action<string>? _onTrip;
    private volatile string? _reason;

    public AbortLatch() => Token = _source.Token;

    public CancellationToken Token { get; }

    public string? Reason => _reason;

    public Task Tripped => _tripped.Task;

    /// <summary>What to do when it trips; done at once where it has tripped already.</summary>
    public void Attach(Action<string> onTrip)
    {
        lock (_lock)
        {
            _onTrip = onTrip;
            if (_reason is null)
                return;
        }
        onTrip(_reason);
    }

    /// <summary>Trips it; false where it had tripped before.</summary>
    public bool Trip(string reason)
    {
        Action<string>? onTrip;
        lock (_lock)
        {
            if (_reason is not null)
                return false;
            _reason = reason;
            onTrip = _onTrip;
        }
        // Callbacks of the token's users run elsewhere: they must not hold up the peers' notice.
        _ = _source.CancelAsync();
        onTrip?.Invoke(reason);
        _tripped.TrySetResult();
        return true;
    }
}

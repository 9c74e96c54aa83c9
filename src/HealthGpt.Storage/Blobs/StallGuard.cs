namespace HealthGpt.Storage.Blobs;

/// <summary>Ends a request of which no byte has moved for a while.</summary>
internal sealed class StallGuard : IProgress<long>, IDisposable
{
    private readonly CancellationTokenSource _source;
    private readonly TimeSpan _deadline;

    public StallGuard(TimeSpan deadline, CancellationToken cancellationToken)
    {
        _deadline = deadline;
        _source = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _source.CancelAfter(deadline);
    }

    public CancellationToken Token => _source.Token;

    /// <summary>Nothing is to move until the next report.</summary>
    public void Pause() => _source.CancelAfter(Timeout.InfiniteTimeSpan);

    public void Report(long value) => _source.CancelAfter(_deadline);

    public void Dispose() => _source.Dispose();
}

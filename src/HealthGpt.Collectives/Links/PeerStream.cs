using System.Diagnostics.CodeAnalysis;

namespace HealthGpt.Collectives.Links;

/// <summary>
/// Bytes to and from one peer, each way in order: the seam between what a group does and what carries it. One caller at a time posts and one reads; both may run at once.
/// </summary>
internal abstract class PeerStream(int rank) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Queue<ReadOnlyMemory<byte>> _queue = new();
    private Task _drain = Task.CompletedTask;
    private bool _draining;

    public int Rank { get; } = rank;

    public abstract Transport Transport { get; }

    /// <summary>The most bytes that <see cref="PeekAsync"/> gives.</summary>
    public abstract int LongestPeek { get; }

    /// <summary>Writes bytes that stay as they are until <see cref="FlushAsync"/> has ended. Never waits: what finds no room follows in the background.</summary>
    public virtual void Post(ReadOnlyMemory<byte> bytes) => Post(bytes.Span, bytes);

    /// <summary>Writes bytes that may change as soon as this returns.</summary>
    public virtual void PostCopy(ReadOnlySpan<byte> bytes) => Post(bytes, null);

    /// <summary>Ends when everything posted is on its way.</summary>
    /// <exception cref="PeerLostException">The peer went.</exception>
    public virtual ValueTask FlushAsync(CancellationToken cancellation)
    {
        Task drain = Drain;
        return drain.IsCompletedSuccessfully ? ValueTask.CompletedTask : new ValueTask(drain.WaitAsync(cancellation));
    }

    /// <summary>Ends when nothing posted is read any more, well or not; soon after <see cref="Close"/>.</summary>
    [SuppressMessage("Usage", "VSTHRD003", Justification = "The drain is this stream's own.")]
    public virtual Task SettleAsync() => Drain.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    /// <summary>Fills <paramref name="into"/>.</summary>
    /// <exception cref="PeerLostException">The peer went before it had sent so much.</exception>
    public abstract ValueTask ReadAsync(Memory<byte> into, CancellationToken cancellation);

    /// <summary>Shows the next bytes where they lie, valid until <see cref="Advance"/>.</summary>
    /// <exception cref="PeerLostException">The peer went before it had sent so much.</exception>
    public abstract ValueTask<ReadOnlyMemory<byte>> PeekAsync(int count, CancellationToken cancellation);

    /// <summary>Takes bytes that were peeked.</summary>
    public abstract void Advance(int count);

    /// <summary>Ends both directions at once, from any thread. Waits end with an exception.</summary>
    public abstract void Close();

    /// <summary>Frees what is left. Only after <see cref="Close"/> and when no call is under way.</summary>
    public abstract void Dispose();

    /// <summary>Whether bytes that were taken are still to be sent, by the next <see cref="WriteAsync"/>.</summary>
    protected virtual bool HasUnsent => false;

    /// <summary>Takes as many bytes as there is room for now.</summary>
    protected abstract int TryWrite(ReadOnlySpan<byte> bytes);

    /// <summary>Waits for room and takes at least one byte where there are any.</summary>
    protected abstract ValueTask<int> WriteAsync(ReadOnlyMemory<byte> bytes);

    private Task Drain
    {
        get
        {
            lock (_lock)
                return _drain;
        }
    }

    private void Post(ReadOnlySpan<byte> bytes, ReadOnlyMemory<byte>? stable)
    {
        lock (_lock)
        {
            // A drain that failed says so when it is awaited.
            if (_drain.IsFaulted)
                return;
            int written = _draining ? 0 : TryWrite(bytes);
            if (written == bytes.Length && !HasUnsent)
                return;
            _queue.Enqueue(stable is { } memory ? memory[written..] : bytes[written..].ToArray());
            if (_draining)
                return;
            _draining = true;
            _drain = Task.Run(DrainAsync);
        }
    }

    private async Task DrainAsync()
    {
        while (true)
        {
            ReadOnlyMemory<byte> next;
            lock (_lock)
            {
                if (!_queue.TryDequeue(out next))
                {
                    _draining = false;
                    return;
                }
            }
            do
                next = next[await WriteAsync(next)..];
            while (next.Length > 0);
        }
    }
}

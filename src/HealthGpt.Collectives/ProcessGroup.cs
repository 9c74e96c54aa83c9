using HealthGpt.Collectives.Joining;
using HealthGpt.Collectives.Links;

namespace HealthGpt.Collectives;

/// <summary>
/// One rank of a generation's process group: a full mesh of links, each of them shared memory or TCP as the two ranks can. Collectives run one at a time in the order in which
/// they are called, and every rank must call them in the same order. A lost peer, an operation cancelled half-way or <see cref="Abort"/> ends the generation on every rank: what
/// is pending and what comes later throws <see cref="GroupAbortedException"/>, and the float results of what was under way are not a number throughout. Short operations whose
/// peers are there complete on the calling thread, which for that looks out for them for a few microseconds; long ones run on the thread pool. Disposing a rank that has nothing
/// pending leaves the others be until they need it.
/// </summary>
public sealed partial class ProcessGroup : IAsyncDisposable
{
    // How long a broken data connection waits for the control connection to say why.
    private static readonly TimeSpan WordOfPeer = TimeSpan.FromMilliseconds(200);

    // Longer operations would hold up their caller.
    private const int LongestInline = 128 << 10;

    private readonly GroupSpec _spec;
    private readonly AbortLatch _latch;
    private readonly DataLink[] _peers;
    private readonly ControlLink[] _controls;
    private readonly ControlLoop? _control;
    private readonly Action _removed;
    private readonly bool[] _ready;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _pending;
    private bool _closed;
    private Task? _disposal;

    internal ProcessGroup(GroupFormation formation, IReadOnlyList<PeerLinks> peers, Action removed)
    {
        _spec = formation.Spec;
        _latch = formation.Latch;
        _removed = removed;
        _ready = new bool[_spec.WorldSize];
        _ready[Rank] = true;
        _peers = [.. peers.Select(peer => peer.Data)];
        _controls = [.. peers.Select(peer => peer.Control)];
        if (peers.Count > 0)
        {
            _control = new ControlLoop(_spec, _controls, reason => _latch.Trip(reason));
            _control.Start();
        }
        _latch.Attach(reason => Close(ControlKind.Abort, reason));
    }

    /// <summary>The job.</summary>
    public string Job => _spec.Job;

    /// <summary>The generation of the job's worker group.</summary>
    public long Generation => _spec.Generation;

    /// <summary>This process's rank.</summary>
    public int Rank => _spec.Rank;

    /// <summary>The number of ranks.</summary>
    public int WorldSize => _spec.WorldSize;

    /// <summary>Whether the generation has ended.</summary>
    public bool Aborted => _latch.Reason is not null;

    /// <summary>Cancelled when the generation ends before its time.</summary>
    public CancellationToken AbortToken => _latch.Token;

    /// <summary>What carries the data to and from a peer.</summary>
    public Transport TransportTo(int peer) => Peer(peer).Transport;

    internal IReadOnlyList<int> NotReady => [.. Enumerable.Range(0, WorldSize).Where(rank => !_ready[rank])];

    /// <summary>Forms the group: returns once every rank has come and all stand connected.</summary>
    /// <exception cref="GroupFormationException">Some ranks did not come in time; it names them.</exception>
    /// <exception cref="JoinRefusedException">A peer, or this listener, refused the join: stale generation, wrong secret, other members.</exception>
    /// <exception cref="GroupAbortedException">Another rank gave up, or a higher generation came, meanwhile.</exception>
    public static Task<ProcessGroup> FormAsync(PeerListener listener, GroupSpec spec, CancellationToken cancellation = default)
    {
        spec.Validate();
        return new GroupFormation(spec).RunAsync(listener.Groups, cancellation);
    }

    /// <summary>Ends the generation on every rank.</summary>
    public void Abort(string reason) => _latch.Trip($"rank {Rank} aborted: {reason}");

    /// <summary>Leaves the group, or aborts it where operations of this rank are pending; returns when no socket, thread or operation is left.</summary>
    public async ValueTask DisposeAsync()
    {
        Task disposal;
        lock (_lock)
            disposal = _disposal ??= DisposeOnceAsync();
        await disposal;
    }

    private async Task DisposeOnceAsync()
    {
        bool busy;
        lock (_lock)
        {
            _closed = true;
            busy = _pending > 0;
        }
        if (busy)
            _latch.Trip($"rank {Rank} left during an operation");
        else
            _drained.TrySetResult();
        Close(ControlKind.Leave);
        await _drained.Task;
        foreach (DataLink peer in _peers)
        {
            await peer.SettleAsync();
            peer.Dispose();
        }
        _control?.Dispose();
        _removed();
    }

    private void Close(ControlKind kind, string text = "")
    {
        _control?.End(kind, text);
        foreach (DataLink peer in _peers)
            peer.Close();
    }

    private DataLink Peer(int rank)
    {
        if (rank < 0 || rank >= WorldSize || rank == Rank)
            throw new ArgumentOutOfRangeException(nameof(rank), rank, $"peer is {rank}; rank {Rank} of {WorldSize} has no such peer; name another rank of the group");
        return _peers[rank < Rank ? rank : rank - 1];
    }

    private async Task<T> RunAsync<T>(string operation, SemaphoreSlim? turn, long bytes, Func<CancellationToken, ValueTask<T>> body, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        Enter();
        bool inTurn = false;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _latch.Token);
        try
        {
            // Waiters are let in first come, first served: the order of the calls is the order of the operations.
            if (turn is not null)
                await turn.WaitAsync(either.Token);
            inTurn = turn is not null;
            if (_spec.OperationTimeout is { } limit)
                either.CancelAfter(limit);
            return await (bytes > LongestInline ? new ValueTask<T>(Task.Run(() => body(either.Token).AsTask())) : body(either.Token));
        }
        catch (Exception failure)
        {
            Exception cause = await ExplainAsync(operation, failure, cancellation);
            // Until then a link may still read from the caller's buffers.
            foreach (DataLink peer in _peers)
                await peer.SettleAsync();
            throw cause;
        }
        finally
        {
            if (inTurn)
                turn!.Release();
            Exit();
        }
    }

    private void Enter()
    {
        lock (_lock)
        {
            if (_latch.Reason is { } reason)
                throw new GroupAbortedException(Job, Generation, reason);
            ObjectDisposedException.ThrowIf(_closed, this);
            _pending++;
        }
    }

    private void Exit()
    {
        lock (_lock)
        {
            if (--_pending == 0 && _closed)
                _drained.TrySetResult();
        }
    }

    private async Task<Exception> ExplainAsync(string operation, Exception failure, CancellationToken cancellation)
    {
        // A frame sent or read by half cannot be taken up again, so a cancelled operation costs the generation.
        if (cancellation.IsCancellationRequested && _latch.Trip($"rank {Rank} cancelled its {operation}"))
            return new OperationCanceledException($"{operation} was cancelled, and generation {Generation} with it", failure, cancellation);
        await FailAsync(operation, failure);
        return new GroupAbortedException(Job, Generation, _latch.Reason ?? failure.Message, failure);
    }

    private async Task FailAsync(string operation, Exception failure)
    {
        if (Aborted)
            return;
        if (failure is OperationCanceledException)
            _latch.Trip($"rank {Rank} waited for {operation} longer than the OperationTimeout of {_spec.OperationTimeout?.TotalSeconds:0.###} s");
        else if (failure is PeerLostException lost)
            await HearWhyAsync(operation, lost);
        else
            _latch.Trip($"rank {Rank} failed in {operation}: {failure.Message}");
    }

    private async Task HearWhyAsync(string operation, PeerLostException lost)
    {
        ControlLink control = _controls.First(link => link.Rank == lost.Rank);
        try
        {
            await Task.WhenAny(_latch.Tripped, control.Left).WaitAsync(WordOfPeer);
        }
        catch (TimeoutException)
        {
            // The peer went without a word.
        }
        _latch.Trip(control.Left.IsCompleted
            ? $"rank {lost.Rank} left while rank {Rank} needed it for {operation}"
            : $"rank {Rank} lost rank {lost.Rank} in {operation} ({lost.Message})");
    }
}

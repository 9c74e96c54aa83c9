using System.Net.Sockets;
using HealthGpt.Collectives.Links;

namespace HealthGpt.Collectives.Joining;

/// <summary>
/// One rank's side of a group that forms: it calls every lower rank and is called by every higher one, until both connections to each peer stand. The deadline covers all
/// of it and the first barrier.
/// </summary>
internal sealed class GroupFormation
{
    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(25);

    private readonly Lock _lock = new();
    private readonly PeerChannel?[,] _channels;
    private readonly string?[] _notes;
    private readonly TaskCompletionSource _complete = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly byte[] _membersHash;
    private bool _closed;

    public GroupFormation(GroupSpec spec)
    {
        Spec = spec;
        _channels = new PeerChannel?[spec.WorldSize, Channels.Count];
        _notes = new string?[spec.WorldSize];
        _membersHash = Hello.HashMembers(spec.Members);
        if (spec.WorldSize == 1)
            _complete.SetResult();
    }

    public GroupSpec Spec { get; }

    public AbortLatch Latch { get; } = new();

    public void Abort(string reason) => Latch.Trip(reason);

    /// <summary>Remembers why a rank is still missing.</summary>
    public void Note(int rank, string why) => _notes[rank] = why;

    public JoinRefusal? Check(Hello hello, out string why)
    {
        why = string.Empty;
        lock (_lock)
        {
            if (hello.ToRank != Spec.Rank || hello.FromRank <= Spec.Rank || hello.FromRank >= Spec.WorldSize || !hello.MembersHash.AsSpan().SequenceEqual(_membersHash))
            {
                why = $"rank {hello.FromRank} has other members of generation {Spec.Generation} of job '{Spec.Job}' than rank {Spec.Rank}; give every rank the same list";
                return JoinRefusal.MembersDiffer;
            }
            if (!_closed && _channels[hello.FromRank, (int)hello.Channel] is null)
                return null;
            why = $"generation {Spec.Generation} of job '{Spec.Job}' has its rank {hello.FromRank} already; form a new generation";
            return JoinRefusal.AlreadyFormed;
        }
    }

    /// <summary>Ends the formation: it cannot succeed any more.</summary>
    public void Fail(Exception failure) => _complete.TrySetException(failure);

    public bool TryAdd(int rank, Channel channel, PeerChannel peer)
    {
        lock (_lock)
        {
            if (_closed || _channels[rank, (int)channel] is not null)
                return false;
            _channels[rank, (int)channel] = peer;
            if (Peers.All(HasAll))
                _complete.TrySetResult();
            return true;
        }
    }

    public async Task<ProcessGroup> RunAsync(GroupDirectory groups, CancellationToken cancellation)
    {
        groups.Add(this);
        ProcessGroup? group = null;
        using var deadline = new CancellationTokenSource(Spec.FormTimeout);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation, Latch.Token);
        try
        {
            await GatherAsync(ended.Token);
            group = new ProcessGroup(this, Links(), () => groups.Remove(this));
            await group.FirstBarrierAsync(ended.Token);
            return group;
        }
        catch (Exception failure)
        {
            IReadOnlyList<int> missing = group?.NotReady ?? Missing();
            Exception cause = Explain(failure, missing, cancellation);
            Latch.Trip($"rank {Spec.Rank} gave up forming: {cause.Message}");
            // A group that stands lets go of its memory itself, once nothing reads from it.
            if (group is not null)
                await group.DisposeAsync();
            else
                Close();
            groups.Remove(this);
            if (cause == failure)
                throw;
            throw cause;
        }
    }

    private async Task GatherAsync(CancellationToken ended)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ended);
        Task[] calls = [.. Enumerable.Range(0, Spec.Rank).SelectMany(rank => new[] { CallAsync(rank, Channel.Control, stop.Token), CallAsync(rank, Channel.Data, stop.Token) })];
        try
        {
            await _complete.Task.WaitAsync(ended);
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(calls);
        }
        lock (_lock)
            _closed = true;
    }

    private async Task CallAsync(int rank, Channel channel, CancellationToken stop)
    {
        try
        {
            while (true)
            {
                if (await TryCallAsync(rank, channel, stop) is not { } peer)
                    await Task.Delay(RetryPause, stop);
                else if (!TryAdd(rank, channel, peer))
                    peer.Dispose();
                else
                {
                    await Task.WhenAll(Channels.Further(peer.Connections).Select(further => CallAsync(rank, further, stop)));
                    return;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The formation has ended, well or not.
        }
        catch (Exception failure)
        {
            Fail(failure);
        }
    }

    private async Task<PeerChannel?> TryCallAsync(int rank, Channel channel, CancellationToken stop)
    {
        try
        {
            return await JoinConnector.ConnectAsync(Spec, rank, channel, stop);
        }
        catch (Exception failure) when (failure is SocketException or IOException or JoinRefusedException { Refusal: JoinRefusal.UnknownGroup })
        {
            // Not there yet: a peer may start later than this one.
            Note(rank, failure.Message);
            return null;
        }
    }

    private Exception Explain(Exception failure, IReadOnlyList<int> missing, CancellationToken cancellation)
    {
        if (failure is JoinRefusedException)
            return failure;
        if (Latch.Reason is { } reason)
            return new GroupAbortedException(Spec.Job, Spec.Generation, reason, failure);
        if (cancellation.IsCancellationRequested)
            return new OperationCanceledException(cancellation);
        if (failure is PeerLostException lost)
            return new GroupAbortedException(Spec.Job, Spec.Generation, $"rank {lost.Rank} was lost while the group formed ({lost.Message})", failure);
        if (failure is OperationCanceledException)
            return new GroupFormationException(Spec, missing, missing.Select(Describe));
        return failure;
    }

    private string Describe(int rank) => $"rank {rank} ({Spec.Members[rank]}{(_notes[rank] is { } note ? $": {note}" : "")})";

    private List<int> Missing()
    {
        lock (_lock)
            return [.. Peers.Where(rank => !HasAll(rank))];
    }

    private IEnumerable<int> Peers => Enumerable.Range(0, Spec.WorldSize).Where(rank => rank != Spec.Rank);

    // Further connections may be there before the first, which says how many there are.
    private bool HasAll(int rank) =>
        _channels[rank, 0] is not null && _channels[rank, 1] is { } data && Channels.Further(data.Connections).All(channel => _channels[rank, (int)channel] is not null);

    private List<PeerLinks> Links() =>
        [.. Peers.Select(rank => new PeerLinks(
            _channels[rank, 0]!.OpenControl(rank, Spec.Generation), new DataLink(Spec.Generation, Open(rank, _channels[rank, 1]!))))];

    private PeerStream Open(int rank, PeerChannel data) => data.Open(rank, Channels.Further(data.Connections).Select(channel => _channels[rank, (int)channel]!));

    private void Close()
    {
        lock (_lock)
        {
            _closed = true;
            foreach (PeerChannel? channel in _channels)
                channel?.Dispose();
        }
    }
}

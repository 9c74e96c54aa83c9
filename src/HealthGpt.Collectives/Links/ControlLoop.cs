using System.Diagnostics;
using System.Net.Sockets;

namespace HealthGpt.Collectives.Links;

/// <summary>
/// The thread that sends and watches heartbeats. It is a thread of its own with sockets that never block, so that a starved thread pool or a busy device does not make a
/// living rank look dead.
/// </summary>
internal sealed class ControlLoop : IDisposable
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);

    private readonly GroupSpec _spec;
    private readonly IReadOnlyList<ControlLink> _links;
    private readonly Action<string> _lost;
    private readonly ManualResetEventSlim _ended = new();
    private readonly Thread _thread;
    private long _watchedSince = long.MaxValue;

    public ControlLoop(GroupSpec spec, IReadOnlyList<ControlLink> links, Action<string> lost)
    {
        _spec = spec;
        _links = links;
        _lost = lost;
        _thread = new Thread(Run) { IsBackground = true, Name = $"heartbeat {spec.Job}/{spec.Generation}", Priority = ThreadPriority.AboveNormal };
    }

    public void Start() => _thread.Start();

    /// <summary>
    /// Begins to count silence, once every rank stands connected to all: until then a peer may still wait for its own connections and has no loop that beats.
    /// </summary>
    public void Watch() => Volatile.Write(ref _watchedSince, Stopwatch.GetTimestamp());

    /// <summary>Tells every peer and closes; the thread ends by itself.</summary>
    public void End(ControlKind kind, string text = "")
    {
        if (_ended.IsSet)
            return;
        _ended.Set();
        foreach (ControlLink link in _links)
            link.Send(kind, text);
        foreach (ControlLink link in _links)
            SocketBytes.Close(link.Socket);
    }

    /// <summary>Waits for the thread, which <see cref="End"/> has told to go.</summary>
    public void Dispose()
    {
        _thread.Join();
        _ended.Dispose();
        foreach (ControlLink link in _links)
            link.Dispose();
    }

    private void Run()
    {
        long nextBeat = Stopwatch.GetTimestamp();
        while (!_ended.IsSet)
        {
            List<ControlLink> live = [.. _links.Where(link => !link.Left.IsCompleted)];
            if (Until(nextBeat) == TimeSpan.Zero)
            {
                live.ForEach(link => link.Send(ControlKind.Heartbeat));
                nextBeat = Stopwatch.GetTimestamp() + Ticks(_spec.HeartbeatInterval);
            }
            // Before the first wait, too: a frame may have come along with the join's last block.
            if (!_ended.IsSet && Examine(live) is { } reason)
                _lost(reason);
            else
                Wait(live, nextBeat);
        }
    }

    private void Wait(List<ControlLink> live, long nextBeat)
    {
        TimeSpan wait = live.Select(link => Until(Deadline(link))).Append(Until(nextBeat)).Append(LongestWait).Min();
        if (live.Count == 0)
        {
            _ended.Wait(wait);
            return;
        }
        try
        {
            Socket.Select(live.ConvertAll(link => link.Socket), null, null, wait);
        }
        catch (Exception failure) when (failure is ObjectDisposedException or SocketException)
        {
            // A socket was closed by the other side or by an abort; reading says which.
        }
    }

    /// <summary>Reads every link before judging any: after a pause of this process itself the peers' heartbeats are waiting to be read.</summary>
    private string? Examine(List<ControlLink> live)
    {
        foreach (ControlLink link in live)
        {
            if (link.Read() is { } over)
                return over;
        }
        ControlLink? silent = live.Find(link => !link.Left.IsCompleted && Until(Deadline(link)) == TimeSpan.Zero);
        return silent is null ? null : $"rank {silent.Rank} has been silent for {_spec.SilenceLimit.TotalMilliseconds:0} ms, noticed by rank {_spec.Rank}";
    }

    private long Deadline(ControlLink link)
    {
        long since = Volatile.Read(ref _watchedSince);
        return since == long.MaxValue ? long.MaxValue : Math.Max(since, link.LastHeard) + Ticks(_spec.SilenceLimit);
    }

    private static long Ticks(TimeSpan span) => (long)(span.TotalSeconds * Stopwatch.Frequency);

    private static TimeSpan Until(long timestamp)
    {
        long left = timestamp - Stopwatch.GetTimestamp();
        return left <= 0 ? TimeSpan.Zero : TimeSpan.FromSeconds((double)left / Stopwatch.Frequency);
    }
}

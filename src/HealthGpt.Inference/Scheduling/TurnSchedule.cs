namespace HealthGpt.Inference.Scheduling;

/// <summary>
/// Who takes the next turn on a device: items are admitted in the order they came, up to a number of active ones, and these take turns in
/// a circle. Bulk items leave one active place to interactive ones. One thread takes turns; any thread may add or withdraw items.
/// </summary>
/// <typeparam name="T">What takes turns; compared by reference.</typeparam>
internal sealed class TurnSchedule<T> where T : class
{
    private readonly record struct Entry(T Item, TurnLane Lane);

    private readonly object _gate = new();
    private readonly LinkedList<Entry> _waiting = new();
    private readonly LinkedList<Entry> _circle = new();
    private readonly int _maxActive;
    private readonly int _maxWaiting;
    private readonly int _maxBulk;
    private Entry? _taken;
    private int _activeBulk;
    private bool _closed;

    /// <summary>Creates an empty schedule.</summary>
    /// <param name="maxActive">Items that take turns at the same time.</param>
    /// <param name="maxWaiting">Items that may wait to become active.</param>
    public TurnSchedule(int maxActive, int maxWaiting)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxActive, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxWaiting, 1);
        _maxActive = maxActive;
        _maxWaiting = maxWaiting;
        _maxBulk = Math.Max(1, maxActive - 1);
    }

    /// <summary>Items that take turns now.</summary>
    public int Active
    {
        get { lock (_gate) return ActiveCount; }
    }

    /// <summary>Items that wait to become active.</summary>
    public int Waiting
    {
        get { lock (_gate) return _waiting.Count; }
    }

    private int ActiveCount => _circle.Count + (_taken is null ? 0 : 1);

    /// <summary>Adds an item behind the waiting ones; false when they are too many. Throws when the schedule is closed.</summary>
    public bool TryAdd(T item, TurnLane lane)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            if (_waiting.Count >= _maxWaiting)
                return false;
            _waiting.AddLast(new Entry(item, lane));
            Monitor.PulseAll(_gate);
            return true;
        }
    }

    /// <summary>Blocks until an item has a turn and takes it; null once the schedule is closed. The taken item must be put back or released.</summary>
    public T? WaitTurn()
    {
        lock (_gate)
        {
            if (_taken is not null)
                throw new InvalidOperationException("The last turn is not over; put its item back or release it first.");
            while (!_closed)
            {
                Admit();
                if (_circle.First is { } first)
                {
                    _circle.RemoveFirst();
                    _taken = first.Value;
                    return first.Value.Item;
                }
                Monitor.Wait(_gate);
            }
            return null;
        }
    }

    /// <summary>Ends the turn; the item has its next one after all other active items.</summary>
    public void PutBack() => EndTurn(stays: true);

    /// <summary>Ends the turn and the item's place.</summary>
    public void Release() => EndTurn(stays: false);

    /// <summary>
    /// Takes back an item: true if it was waiting and is gone. An active one keeps its place, and false is returned, but its next turn
    /// comes before all others, so that it can free what it holds.
    /// </summary>
    public bool Withdraw(T item)
    {
        lock (_gate)
        {
            if (Find(_waiting, item) is { } waiting)
            {
                _waiting.Remove(waiting);
                return true;
            }
            if (Find(_circle, item) is { } active)
            {
                _circle.Remove(active);
                _circle.AddFirst(active);
            }
            return false;
        }
    }

    /// <summary>Refuses further items and turns and wakes the waiting thread.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Takes out every item whose turn it is not, the active ones first.</summary>
    public IReadOnlyList<T> Drain()
    {
        lock (_gate)
        {
            T[] left = [.. _circle.Concat(_waiting).Select(entry => entry.Item)];
            _circle.Clear();
            _waiting.Clear();
            _activeBulk = _taken?.Lane == TurnLane.Bulk ? 1 : 0;
            return left;
        }
    }

    private void EndTurn(bool stays)
    {
        lock (_gate)
        {
            if (_taken is not { } entry)
                throw new InvalidOperationException("No turn was taken.");
            _taken = null;
            if (stays)
                _circle.AddLast(entry);
            else if (entry.Lane == TurnLane.Bulk)
                _activeBulk--;
        }
    }

    // In order of arrival, but an interactive item may pass bulk ones that have to wait for a bulk place.
    private void Admit()
    {
        for (var node = _waiting.First; node is not null && ActiveCount < _maxActive;)
        {
            var next = node.Next;
            var bulk = node.Value.Lane == TurnLane.Bulk;
            if (!bulk || _activeBulk < _maxBulk)
            {
                _waiting.Remove(node);
                _circle.AddLast(node);
                _activeBulk += bulk ? 1 : 0;
            }
            node = next;
        }
    }

    private static LinkedListNode<Entry>? Find(LinkedList<Entry> list, T item)
    {
        for (var node = list.First; node is not null; node = node.Next)
        {
            if (ReferenceEquals(node.Value.Item, item))
                return node;
        }
        return null;
    }
}

namespace HealthGpt.Inference.Features;

/// <summary>Keeps the most recently used values whose sizes together stay within a number of bytes, and disposes the others. For one thread.</summary>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="TValue">The value, owned by the cache once added.</typeparam>
internal sealed class ByteBoundedCache<TKey, TValue> : IDisposable
    where TKey : notnull
    where TValue : IDisposable
{
    private readonly record struct Entry(TKey Key, TValue Value, long Bytes);

    private readonly long _capacity;
    private readonly Dictionary<TKey, LinkedListNode<Entry>> _entries = [];
    private readonly LinkedList<Entry> _recent = new();

    /// <summary>Creates an empty cache.</summary>
    /// <param name="capacity">The bytes all values may take together.</param>
    public ByteBoundedCache(long capacity)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(capacity);
        _capacity = capacity;
    }

    /// <summary>Bytes of all values kept.</summary>
    public long Bytes { get; private set; }

    /// <summary>Values kept.</summary>
    public int Count => _entries.Count;

    /// <summary>Finds a value; it stays the cache's and is safe until the next <see cref="TryAdd"/>.</summary>
    public bool TryGet(TKey key, out TValue? value)
    {
        value = default;
        if (!_entries.TryGetValue(key, out var node))
            return false;
        _recent.Remove(node);
        _recent.AddFirst(node);
        value = node.Value.Value;
        return true;
    }

    /// <summary>Takes a value, disposing the least recently used ones for it. False if it alone is too large or its key is there: it stays the caller's.</summary>
    public bool TryAdd(TKey key, TValue value, long bytes)
    {
        if (bytes > _capacity || _entries.ContainsKey(key))
            return false;
        while (Bytes + bytes > _capacity)
            Drop(_recent.Last!);
        _entries[key] = _recent.AddFirst(new Entry(key, value, bytes));
        Bytes += bytes;
        return true;
    }

    /// <summary>Disposes every value.</summary>
    public void Dispose()
    {
        while (_recent.Last is { } last)
            Drop(last);
    }

    private void Drop(LinkedListNode<Entry> node)
    {
        _recent.Remove(node);
        _entries.Remove(node.Value.Key);
        Bytes -= node.Value.Bytes;
        node.Value.Value.Dispose();
    }
}

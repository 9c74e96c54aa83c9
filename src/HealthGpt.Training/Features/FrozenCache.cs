namespace HealthGpt.Training.Features;

/// <summary>
/// What the frozen parts computed, by content hash, in a bounded memory and in a bounded folder that processes share. Safe to call from several threads. Files
/// are written by a thread of its own.
/// </summary>
internal sealed class FrozenCache : IDisposable
{
    private const long MostUnwritten = 64L << 20;

    private readonly FrozenFolder _folder;
    private readonly long _memoryBytes;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, LinkedListNode<(string Key, byte[] Bytes)>> _entries = new(StringComparer.Ordinal);
    private readonly LinkedList<(string Key, byte[] Bytes)> _byUse = [];
    private readonly Queue<(string Key, byte[] Bytes)> _unwritten = [];
    private readonly Dictionary<string, byte[]> _writing = new(StringComparer.Ordinal);
    private readonly object _writes = new();
    private readonly Thread _writer;
    private long _held;
    private long _unwrittenBytes;
    private bool _ending;

    /// <param name="folder">The folder, for one model and kind of device.</param>
    /// <param name="memoryBytes">Most bytes kept in memory.</param>
    public FrozenCache(FrozenFolder folder, long memoryBytes)
    {
        _folder = folder;
        _memoryBytes = memoryBytes;
        _writer = new Thread(WriteAll) { IsBackground = true, Name = "feature cache" };
        _writer.Start();
    }

    /// <summary>Bytes kept in memory.</summary>
    public long MemoryBytes
    {
        get
        {
            lock (_gate) return _held;
        }
    }

    /// <summary>An entry that memory holds.</summary>
    public byte[]? TryGetFromMemory(string key)
    {
        lock (_gate)
        {
            if (!_entries.TryGetValue(key, out var node)) return null;
            _byUse.Remove(node);
            _byUse.AddFirst(node);
            return node.Value.Bytes;
        }
    }

    /// <summary>An entry that memory or the folder holds whole.</summary>
    /// <param name="key">Its name.</param>
    /// <param name="length">Bytes it must have.</param>
    public byte[]? TryGet(string key, int length)
    {
        if (TryGetFromMemory(key) is { } known) return known;
        byte[]? bytes;
        lock (_writes) _writing.TryGetValue(key, out bytes);
        bytes ??= _folder.TryRead(key, length);
        if (bytes is not null) Remember(key, bytes);
        return bytes;
    }

    /// <summary>Keeps an entry.</summary>
    public void Put(string key, byte[] bytes)
    {
        Remember(key, bytes);
        lock (_writes)
        {
            if (_ending || !_writing.TryAdd(key, bytes)) return;
            while (_unwrittenBytes > MostUnwritten && !_ending) Monitor.Wait(_writes);
            _unwritten.Enqueue((key, bytes));
            _unwrittenBytes += bytes.Length;
            Monitor.PulseAll(_writes);
        }
    }

    /// <summary>Ends once all entries are written.</summary>
    public void Dispose()
    {
        lock (_writes)
        {
            _ending = true;
            Monitor.PulseAll(_writes);
        }

        _writer.Join();
    }

    private void Remember(string key, byte[] bytes)
    {
        lock (_gate)
        {
            if (bytes.Length > _memoryBytes || _entries.ContainsKey(key)) return;
            _entries.Add(key, _byUse.AddFirst((key, bytes)));
            _held += bytes.Length;
            while (_held > _memoryBytes && _byUse.Last is { } oldest)
            {
                _byUse.RemoveLast();
                _entries.Remove(oldest.Value.Key);
                _held -= oldest.Value.Bytes.Length;
            }
        }
    }

    private void WriteAll()
    {
        _folder.Prune();
        while (Next() is var (key, bytes))
        {
            _folder.TryWrite(key, bytes);
            lock (_writes)
            {
                _writing.Remove(key);
                _unwrittenBytes -= bytes.Length;
                Monitor.PulseAll(_writes);
            }
        }
    }

    private (string Key, byte[] Bytes)? Next()
    {
        lock (_writes)
        {
            while (_unwritten.Count == 0 && !_ending) Monitor.Wait(_writes);
            return _unwritten.Count > 0 ? _unwritten.Dequeue() : null;
        }
    }
}

using System.Security.Cryptography;

namespace HealthGpt.Training.Features;

/// <summary>
/// What the frozen parts computed, by content hash, in a bounded memory and in a folder that processes share. A file holds the SHA-256 of its bytes and
/// appears by rename, so that neither a killed writer nor a full disk leaves an entry that is read.
/// </summary>
internal sealed class FrozenCache
{
    private readonly string _folder;
    private readonly long _memoryBytes;
    private readonly Dictionary<string, LinkedListNode<(string Key, byte[] Bytes)>> _entries = new(StringComparer.Ordinal);
    private readonly LinkedList<(string Key, byte[] Bytes)> _byUse = [];
    private long _held;

    public FrozenCache(string folder, long memoryBytes)
    {
        _folder = folder;
        _memoryBytes = memoryBytes;
        Directory.CreateDirectory(folder);
    }

    /// <summary>An entry, computed when neither memory nor folder has it.</summary>
    public byte[] Get(string key, int length, Func<byte[]> compute)
    {
        if (_entries.TryGetValue(key, out var node))
        {
            _byUse.Remove(node);
            _byUse.AddFirst(node);
            return node.Value.Bytes;
        }

        var bytes = TryRead(key, length) ?? Computed(key, length, compute);
        Remember(key, bytes);
        return bytes;
    }

    private byte[] Computed(string key, int length, Func<byte[]> compute)
    {
        var bytes = compute();
        if (bytes.Length != length) throw new InvalidOperationException($"'{key}' has {bytes.Length} bytes, but {length} were expected");
        TryWrite(key, bytes);
        return bytes;
    }

    private byte[]? TryRead(string key, int length)
    {
        try
        {
            var file = File.ReadAllBytes(PathOf(key));
            if (file.Length != SHA256.HashSizeInBytes + length) return null;
            var bytes = file[SHA256.HashSizeInBytes..];
            return SHA256.HashData(bytes).AsSpan().SequenceEqual(file.AsSpan(0, SHA256.HashSizeInBytes)) ? bytes : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    // A cache may lose entries but must not stop a job: what cannot be written is computed again next time.
    private void TryWrite(string key, byte[] bytes)
    {
        var path = PathOf(key);
        var temporary = $"{path}.{Guid.NewGuid():N}.tmp~";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            using (var stream = File.Create(temporary))
            {
                stream.Write(SHA256.HashData(bytes));
                stream.Write(bytes);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            File.Delete(temporary);
        }
    }

    private void Remember(string key, byte[] bytes)
    {
        _entries.Add(key, _byUse.AddFirst((key, bytes)));
        _held += bytes.Length;
        while (_held > _memoryBytes && _byUse.Last is { } oldest)
        {
            _byUse.RemoveLast();
            _entries.Remove(oldest.Value.Key);
            _held -= oldest.Value.Bytes.Length;
        }
    }

    // Two letters of hash as folders keep each folder small.
    private string PathOf(string key) => Path.Combine(_folder, key[..2], key);
}

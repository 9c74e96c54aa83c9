using System.Security.Cryptography;
using HealthGpt.Model.Folders;
using HealthGpt.Model.Weights;
using HealthGpt.Storage.Files;
using Microsoft.Win32.SafeHandles;

namespace HealthGpt.Model.Verification;

/// <summary>One pass over a file, in its own order and in blocks of a few megabytes: its SHA-256 on one thread while the other reads and looks for elements that are no finite numbers.</summary>
internal sealed class FileScan : IDisposable
{
    // A multiple of every element size.
    private const int Block = 4 << 20;
    private const int SmallBlock = 64 << 10;

    private readonly IncrementalHash? _hash;
    private readonly SafeFileHandle _file;
    private readonly string _path;
    private readonly long _length;
    private readonly byte[][] _buffers;
    private readonly CancellationToken _cancellationToken;
    private Task _hashing = Task.CompletedTask;
    private int _turn;

    private FileScan(string path, bool hashed, CancellationToken cancellationToken)
    {
        _path = path;
        _cancellationToken = cancellationToken;
        _file = File.OpenHandle(path, options: FileOptions.SequentialScan);
        _length = RandomAccess.GetLength(_file);
        // A model has more files of some bytes than of gigabytes.
        var block = (int)Math.Min(Block, _length);
        _buffers = [new byte[block], new byte[block]];
        _hash = hashed ? IncrementalHash.CreateHash(HashAlgorithmName.SHA256) : null;
    }

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="entries">The tensors in it whose elements are looked at, as <see cref="InOrder"/> gives them.</param>
    /// <param name="hashed">Whether its hash is wanted.</param>
    /// <param name="found">Told of each tensor that has such elements.</param>
    /// <param name="cancellationToken">Stops between two blocks.</param>
    /// <returns>SHA-256, lower-case hexadecimal; null unless wanted.</returns>
    public static string? Run(string path, IEnumerable<WeightEntry> entries, bool hashed, Action<WeightEntry, NonFiniteCount> found, CancellationToken cancellationToken)
    {
        if (OrdinaryFile.LengthOf(path) == 0) return hashed ? PartHash.OfFile(path, cancellationToken) : null;
        using var scan = new FileScan(path, hashed, cancellationToken);
        return scan.Run(entries, found);
    }

    /// <summary>Those tensors that one pass can read one after the other: not what lies in strides, or shares its bytes with another (tied weights).</summary>
    public static IEnumerable<WeightEntry> InOrder(IEnumerable<WeightEntry> entries)
    {
        var place = 0L;
        foreach (var entry in entries.Where(entry => entry.Strides is null).OrderBy(entry => entry.Offset))
        {
            if (entry.Offset < place) continue;
            yield return entry;
            place = entry.Offset + entry.Length;
        }
    }

    private string? Run(IEnumerable<WeightEntry> entries, Action<WeightEntry, NonFiniteCount> found)
    {
        var place = 0L;
        foreach (var entry in entries)
        {
            Pass(place, entry.Offset, null);
            if (Pass(entry.Offset, entry.Offset + entry.Length, entry) is { First: >= 0 } count) found(entry, count);
            place = entry.Offset + entry.Length;
        }

        Pass(place, _length, null);
        _hashing.GetAwaiter().GetResult();
        return _hash is null ? null : Convert.ToHexStringLower(_hash.GetHashAndReset());
    }

    private NonFiniteCount Pass(long start, long end, WeightEntry? entry)
    {
        var count = NonFiniteCount.None;
        if (_hash is null && entry is null) return count;
        for (var at = start; at < end; at += Block)
        {
            _cancellationToken.ThrowIfCancellationRequested();
            var block = Read(at, (int)Math.Min(Block, end - at));
            if (entry is not null) count = count.Then(NonFiniteCount.Of(block.Span, entry.Type), (at - start) / entry.ElementSize);
        }

        return count;
    }

    private ReadOnlyMemory<byte> Read(long offset, int length)
    {
        var block = _buffers[_turn].AsMemory(0, length);
        _turn = 1 - _turn;
        for (var done = 0; done < length;)
        {
            var read = RandomAccess.Read(_file, block.Span[done..], offset + done);
            if (read == 0) throw new WeightFileException(_path, $"ends at byte {offset + done}; it became shorter while it was read");
            done += read;
        }

        if (_hash is null) return block;
        // The block before this one must be done: blocks are hashed in order, and its buffer is the next to be filled.
        _hashing.GetAwaiter().GetResult();
        if (length < SmallBlock) _hash.AppendData(block.Span);
        else _hashing = Task.Run(() => _hash.AppendData(block.Span), CancellationToken.None);
        return block;
    }

    public void Dispose()
    {
        _hashing.GetAwaiter().GetResult();
        _hash?.Dispose();
        _file.Dispose();
    }
}

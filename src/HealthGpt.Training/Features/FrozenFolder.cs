using System.Security.Cryptography;
using HealthGpt.Storage.Files;

namespace HealthGpt.Training.Features;

/// <summary>
/// Results of the frozen parts in a folder that processes share. A file holds the SHA-256 of its bytes and appears by rename, so that neither a killed writer
/// nor a full disk leaves an entry that is read. Entries that were not used for longest go when the folder is full; every process counts what it writes and
/// looks at the whole folder again after a twentieth of the bound, so that several together may pass it by a twentieth each.
/// </summary>
internal sealed class FrozenFolder
{
    private const int Looks = 20;
    private const string Temporary = ".tmp~";

    private static readonly TimeSpan UseKnownFor = TimeSpan.FromHours(1);
    private static readonly TimeSpan LeftoverAfter = TimeSpan.FromDays(1);

    private readonly string _root;
    private readonly string _folder;
    private readonly long _mostBytes;
    private long _writtenSinceLook;
    private long _bytes;

    /// <param name="root">The folder that is bounded, for all models and kinds of devices.</param>
    /// <param name="name">The folder in it of one model and kind of device.</param>
    /// <param name="mostBytes">Most bytes of all files in the root.</param>
    public FrozenFolder(string root, string name, long mostBytes)
    {
        (_root, _folder, _mostBytes) = (root, Path.Combine(root, name), mostBytes);
        Directory.CreateDirectory(_folder);
    }

    /// <summary>Reads an entry; one that is not whole does not exist.</summary>
    public byte[]? TryRead(string key, int length)
    {
        try
        {
            var path = PathOf(key);
            if (!File.Exists(path)) return null;
            var file = File.ReadAllBytes(path);
            if (file.Length != SHA256.HashSizeInBytes + length) return null;
            var bytes = file[SHA256.HashSizeInBytes..];
            if (!SHA256.HashData(bytes).AsSpan().SequenceEqual(file.AsSpan(0, SHA256.HashSizeInBytes))) return null;
            if (File.GetLastWriteTimeUtc(path) < DateTime.UtcNow - UseKnownFor) File.SetLastWriteTimeUtc(path, DateTime.UtcNow);
            return bytes;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Writes an entry. A cache may lose entries but must not stop a job: what cannot be written is computed again next time.</summary>
    public void TryWrite(string key, byte[] bytes)
    {
        var length = SHA256.HashSizeInBytes + bytes.Length;
        if (length > _mostBytes) return;
        if (_bytes + length > _mostBytes || _writtenSinceLook > _mostBytes / Looks) Prune(length);
        var path = PathOf(key);
        var temporary = $"{path}.{Guid.NewGuid():N}{Temporary}";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            using (var stream = File.Create(temporary))
            {
                stream.Write(SHA256.HashData(bytes));
                stream.Write(bytes);
            }

            File.Move(temporary, path, overwrite: true);
            _bytes += length;
            _writtenSinceLook += length;
        }
        catch (Exception error) when (FileLimit.IsOfFile(error))
        {
            TryDelete(temporary);
        }
    }

    /// <summary>Looks at the folder and removes what was not used for longest until so many bytes more have room.</summary>
    public void Prune(long room = 0)
    {
        try
        {
            AtomicFile.RemoveLeftovers(_root, LeftoverAfter);
            var files = Directory.EnumerateFiles(_root, "*", SearchOption.AllDirectories).Select(Look).Where(file => file.Length > 0).ToList();
            var bytes = files.Sum(file => file.Length);
            // More goes than must, so that the next entry does not look at everything again.
            var most = bytes + room > _mostBytes ? _mostBytes - (_mostBytes / Looks) - room : long.MaxValue;
            foreach (var (path, length, _) in files.OrderBy(file => file.Used).TakeWhile(_ => bytes > most))
            {
                TryDelete(path);
                bytes -= length;
            }

            (_bytes, _writtenSinceLook) = (bytes, 0);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Another process may be doing the same; the next look finds what is left.
            _writtenSinceLook = 0;
        }
    }

    // One that another process has just removed or renamed is none.
    private static (string Path, long Length, DateTime Used) Look(string path)
    {
        try
        {
            var file = new FileInfo(path);
            return (path, file.Length, file.LastWriteTimeUtc);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return (path, 0, default);
        }
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It is found again at the next look.
        }
    }

    // Two letters of hash as folders keep each folder small.
    private string PathOf(string key) => Path.Combine(_folder, key[..2], key);
}

using System.ComponentModel;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace HealthGpt.Collectives.SharedMemory;

/// <summary>
/// The memory that two ranks of a host share. Its file has a random name that only the joined peer is told, is readable by its owner alone, and lives for the moment of the
/// handshake: once both map it, it has no name any more and ends with the last of them, however they end.
/// </summary>
internal sealed unsafe class SharedSegment : IDisposable
{
    public const int SealBytes = 32;
    private const string Prefix = "healthgpt-";
    private const int EchoAt = 64;
    private const int RingsAt = 512;
    private const int TotalBytes = 16 << 20;
    private const int SmallestRing = 128 << 10;
    private const int LargestRing = 1 << 20;

    // Longer than any handshake may take.
    private static readonly TimeSpan Forgotten = TimeSpan.FromMinutes(2);

    private readonly MappedFile _mapping;
    private readonly bool _creator;

    private SharedSegment(SafeFileHandle file, string path, int ringBytes, bool creator)
    {
        _mapping = new MappedFile(file, ringBytes);
        _creator = creator;
        Path = path;
        RingBytes = ringBytes;
    }

    /// <summary>Where segments are made: memory where there is such a folder. Set by tests alone.</summary>
    public static string Folder { get; set; } = Directory.Exists("/dev/shm") ? "/dev/shm" : System.IO.Path.GetTempPath().TrimEnd('/');

    public string Path { get; }

    public int RingBytes { get; }

    /// <summary>What the creator wrote: who can show it has mapped this very memory.</summary>
    public ReadOnlySpan<byte> Seal => new(_mapping.Address, SealBytes);

    /// <summary>The size of each ring: the more ranks a group has, the smaller, so that a rank's segments stay within 32 MiB.</summary>
    public static int RingBytesFor(int worldSize)
    {
        int bytes = LargestRing;
        while (bytes > SmallestRing && bytes * (worldSize - 1) > TotalBytes)
            bytes /= 2;
        return bytes;
    }

    /// <summary>Makes a segment, its memory taken at once: a full <c>/dev/shm</c> shows here and not as a signal later.</summary>
    /// <exception cref="IOException">There is no room, or no such folder, or the process may not have a file of this size.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder is closed to this user.</exception>
    /// <exception cref="Win32Exception">It cannot be mapped.</exception>
    /// <exception cref="PlatformNotSupportedException">This is not Linux.</exception>
    public static SharedSegment Create(int ringBytes)
    {
        if (!OperatingSystem.IsLinux())
            throw new PlatformNotSupportedException("shared memory between ranks needs Linux");
        RemoveForgotten();
        string path = System.IO.Path.Combine(Folder, Prefix + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)));
        long length = MappedFile.FileBytes(ringBytes);
        FileSizeLimit.Demand(length);
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.ReadWrite | FileShare.Delete,
            PreallocationSize = length,
            BufferSize = 0,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        };
        using var file = new FileStream(path, options);
        try
        {
            if (file.Length < length)
                file.SetLength(length);
            var segment = new SharedSegment(file.SafeFileHandle, path, ringBytes, creator: true);
            RandomNumberGenerator.Fill(new Span<byte>(segment._mapping.Address, SealBytes));
            return segment;
        }
        catch
        {
            File.Delete(path);
            throw;
        }
    }

    /// <summary>Maps the segment of a peer.</summary>
    /// <exception cref="IOException">It is not there, or not what the peer said.</exception>
    /// <exception cref="UnauthorizedAccessException">It is another user's.</exception>
    /// <exception cref="Win32Exception">It cannot be mapped.</exception>
    public static SharedSegment Open(string path, int ringBytes, ReadOnlySpan<byte> seal)
    {
        if (System.IO.Path.GetDirectoryName(path) != Folder || !System.IO.Path.GetFileName(path).StartsWith(Prefix, StringComparison.Ordinal))
            throw new IOException($"'{path}' is no segment's path here; segments lie in {Folder}");
        using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        if (RandomAccess.GetLength(file) != MappedFile.FileBytes(ringBytes))
            throw new IOException($"the segment '{path}' has another size than the peer's");
        var segment = new SharedSegment(file, path, ringBytes, creator: false);
        if (!CryptographicOperations.FixedTimeEquals(segment.Seal, seal))
        {
            segment.Dispose();
            throw new IOException($"the segment '{path}' is not the peer's");
        }
        segment.Seal.CopyTo(new Span<byte>(segment._mapping.Address + EchoAt, SealBytes));
        return segment;
    }

    /// <summary>Whether the peer has mapped this very memory; asked by the creator.</summary>
    public bool IsShared => new ReadOnlySpan<byte>(_mapping.Address + EchoAt, SealBytes).SequenceEqual(Seal);

    /// <summary>The ring to the peer and the one from it.</summary>
    public (SharedRing Outgoing, SharedRing Incoming) Rings(int peer) => _creator ? (Ring(0, peer), Ring(1, peer)) : (Ring(1, peer), Ring(0, peer));

    public void Dispose() => _mapping.Dispose();

    private SharedRing Ring(int index, int peer) =>
        new(_mapping, RingsAt + (index * SharedRing.ControlBytes), Environment.SystemPageSize + (2L * index * RingBytes), RingBytes, peer);

    /// <summary>A process killed within a handshake leaves a name behind; whoever makes the next segment takes it away.</summary>
    private static void RemoveForgotten()
    {
        foreach (string path in Directory.EnumerateFiles(Folder, Prefix + "*"))
        {
            try
            {
                if (DateTime.UtcNow - File.GetLastWriteTimeUtc(path) > Forgotten)
                    File.Delete(path);
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                // Another user's, or gone already.
            }
        }
    }
}

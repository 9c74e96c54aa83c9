using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace HealthGpt.Data.Samples.Indexing;

/// <summary>What tells whether a samples file changed, without reading all of it: its size, its time, and blocks spread evenly over it.</summary>
internal sealed record SamplesFingerprint(long Length, long Modified, string Blocks)
{
    private const int Count = 64;
    private const int BlockBytes = 4096;

    public static SamplesFingerprint Of(SafeFileHandle file)
    {
        var length = RandomAccess.GetLength(file);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var block = new byte[BlockBytes];
        for (var number = 0; number < Count; number++)
        {
            var place = Math.Max(0, length - BlockBytes) / (Count - 1) * number;
            hash.AppendData(block, 0, RandomAccess.Read(file, block, number == Count - 1 ? Math.Max(0, length - BlockBytes) : place));
        }

        return new SamplesFingerprint(length, File.GetLastWriteTimeUtc(file).Ticks, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }
}

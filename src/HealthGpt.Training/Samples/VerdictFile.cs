using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using HealthGpt.Storage.Files;

namespace HealthGpt.Training.Samples;

/// <summary>
/// The verdicts on a task's samples, kept so that a job does not decode them again at each start. Numbers are little-endian: a mark, the number of samples, for
/// each its key, answer tokens and pictures (22 bytes), the number of reasons, for each the sample's place and a text; and the SHA-256 of all that. A file that
/// is not whole counts as none.
/// </summary>
internal static class VerdictFile
{
    private static ReadOnlySpan<byte> Magic => "HGPTVRD1"u8;

    /// <summary>Reads the verdicts.</summary>
    /// <returns>Verdicts by place, and the reasons of bad ones; null if there is no whole file.</returns>
    public static (SampleVerdict[] Verdicts, Dictionary<int, string> Reasons)? TryRead(string path)
    {
        try
        {
            var bytes = File.ReadAllBytes(path);
            if (bytes.Length < SHA256.HashSizeInBytes || !bytes.AsSpan().StartsWith(Magic)) return null;
            var content = bytes.AsSpan(0, bytes.Length - SHA256.HashSizeInBytes);
            if (!SHA256.HashData(content).AsSpan().SequenceEqual(bytes.AsSpan(content.Length))) return null;
            File.SetLastWriteTimeUtc(path, DateTime.UtcNow);
            return Parse(bytes, content.Length);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Writes the verdicts; where that is not possible, they are found again at the next start.</summary>
    public static void TryWrite(string path, SampleVerdict[] verdicts, IReadOnlyDictionary<int, string> reasons)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            AtomicFile.Write(path, stream =>
            {
                using var hash = SHA256.Create();
                using (var hashed = new BufferedStream(new CryptoStream(stream, hash, CryptoStreamMode.Write, leaveOpen: true), 1 << 16)) Write(hashed, verdicts, reasons);
                stream.Write(hash.Hash);
            });
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It only costs time.
        }
    }

    private static (SampleVerdict[] Verdicts, Dictionary<int, string> Reasons) Parse(byte[] bytes, int length)
    {
        using var reader = new BinaryReader(new MemoryStream(bytes, Magic.Length, length - Magic.Length), Encoding.UTF8);
        var verdicts = new SampleVerdict[reader.ReadInt32()];
        for (var at = 0; at < verdicts.Length; at++)
            verdicts[at] = new SampleVerdict(MemoryMarshal.Read<UInt128>(reader.ReadBytes(16)), reader.ReadInt32(), reader.ReadUInt16());
        var reasons = new Dictionary<int, string>();
        for (var left = reader.ReadInt32(); left > 0; left--) reasons[reader.ReadInt32()] = reader.ReadString();
        return (verdicts, reasons);
    }

    private static void Write(Stream stream, SampleVerdict[] verdicts, IReadOnlyDictionary<int, string> reasons)
    {
        using var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true);
        writer.Write(Magic);
        writer.Write(verdicts.Length);
        foreach (var verdict in verdicts)
        {
            writer.Write(MemoryMarshal.AsBytes([verdict.Key]));
            writer.Write(verdict.AnswerTokens);
            writer.Write(verdict.Pictures);
        }

        writer.Write(reasons.Count);
        foreach (var (place, reason) in reasons.OrderBy(reason => reason.Key))
        {
            writer.Write(place);
            writer.Write(reason);
        }
    }
}

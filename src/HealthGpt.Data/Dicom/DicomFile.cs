using System.IO.Compression;
using HealthGpt.Storage.Files;

namespace HealthGpt.Data.Dicom;

/// <summary>A file of DICOM Part 10: its transfer syntax and the kept elements of its data set.</summary>
internal sealed record DicomFile(TransferSyntax Syntax, DicomDataSet DataSet)
{
    /// <summary>Bytes that tell whether it is such a file.</summary>
    public const int HeaderLength = PrefixOffset + 4;

    private const int PrefixOffset = 128;
    private const int MaximumInflated = 1 << 28;

    /// <exception cref="DicomFormatException">The file cannot be read or has no DICOM prefix.</exception>
    public static byte[] ReadBytes(string path)
    {
        try
        {
            using var file = OrdinaryFile.OpenRead(path);
            var header = new byte[HeaderLength];
            // A large file of another kind is turned away before it is read.
            CheckPrefix(header.AsSpan(0, file.ReadAtLeast(header, HeaderLength, throwOnEndOfStream: false)), path);
            if (file.Length > Array.MaxLength)
            {
                throw new DicomFormatException(path, $"it has {file.Length} bytes, more than the {Array.MaxLength} that are read; "
                    + "split it into files of fewer frames");
            }

            var bytes = new byte[file.Length];
            header.CopyTo(bytes, 0);
            file.ReadExactly(bytes.AsSpan(HeaderLength));
            return bytes;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DicomFormatException(path, $"cannot be read: {error.Message}", error);
        }
    }

    public static DicomFile Parse(byte[] bytes, string name)
    {
        CheckPrefix(bytes, name);
        var source = new DicomBytes(bytes, name);
        var (meta, start) = new DataSetParser(source).ReadMeta(HeaderLength);
        var uid = meta.Text(DicomTag.TransferSyntaxUID)
            ?? throw new DicomFormatException(name, $"its meta information has no {DicomTag.TransferSyntaxUID}; the file is damaged");
        var syntax = TransferSyntax.Of(uid, name);
        if (syntax.Deflated)
            (source, start) = (new DicomBytes(Inflate(bytes, start, name), name, inflated: true), 0);
        return new DicomFile(syntax, new DataSetParser(source).ReadDataSet(start, new DataSetEncoding(syntax.Explicit, syntax.BigEndian)));
    }

    /// <summary>Whether the first bytes are those of such a file.</summary>
    public static bool IsOne(ReadOnlySpan<byte> bytes) => bytes.Length >= HeaderLength && bytes[PrefixOffset..HeaderLength].SequenceEqual("DICM"u8);

    /// <summary>Whether they are those of a DICOM file, or of one that lacks only the header.</summary>
    public static bool IsOneOrBare(ReadOnlySpan<byte> bytes) => IsOne(bytes) || BareDataSet.IsOne(bytes);

    /// <exception cref="DicomFormatException">The first bytes are not those of such a file.</exception>
    public static void CheckPrefix(ReadOnlySpan<byte> bytes, string name)
    {
        if (IsOne(bytes))
            return;
        throw new DicomFormatException(name, BareDataSet.IsOne(bytes)
            ? "it is a bare DICOM data set, without the header of Part 10; give it one with dcmconv IN.dcm OUT.dcm (of dcmtk)"
            : $"it has no 'DICM' at offset {PrefixOffset}, so it is no DICOM Part 10 file; if it is a bare data set, give it a header with dcmconv IN.dcm OUT.dcm (of dcmtk)");
    }

    private static byte[] Inflate(byte[] bytes, int start, string name)
    {
        try
        {
            // Counted first, so that a bomb takes no memory and all else just what it needs.
            var inflated = new byte[InflatedLength(bytes, start, name)];
            using var stream = OpenDeflated(bytes, start);
            stream.ReadExactly(inflated);
            return inflated;
        }
        catch (Exception error) when (error is InvalidDataException or IOException)
        {
            throw new DicomFormatException(name, $"its deflated data set, which starts at offset {start}, is damaged ({error.Message}); fetch the file again", error);
        }
    }

    private static int InflatedLength(byte[] bytes, int start, string name)
    {
        using var stream = OpenDeflated(bytes, start);
        var chunk = new byte[1 << 16];
        var length = 0;
        int count;
        while ((count = stream.Read(chunk)) > 0)
        {
            length += count;
            if (length > MaximumInflated)
            {
                throw new DicomFormatException(name, $"its deflated data set grows beyond {MaximumInflated} bytes, the most that is inflated "
                    + $"(room for {MaximumInflated / 2} pixels of 16 bits); if it is sound, convert it with dcmconv +te IN.dcm OUT.dcm (of dcmtk)");
            }
        }

        return length;
    }

    private static DeflateStream OpenDeflated(byte[] bytes, int start) =>
        new(new MemoryStream(bytes, start, bytes.Length - start, writable: false), CompressionMode.Decompress);
}

using System.Buffers.Binary;
using System.Text;

namespace HealthGpt.Model.Weights.PyTorch;

/// <summary>
/// The central directory of a zip archive whose members are stored, not compressed, so that each lies in the file as it is (PKWARE, APPNOTE.TXT; zip64
/// too). Members are read in place; nothing is ever extracted. Checksums are not compared: torch leaves them out where it is told to.
/// </summary>
internal sealed class StoredZip
{
    private const int EndLength = 22;
    private const int EntryLength = 46;
    private const int LocalLength = 30;
    private const int Zip64EndLength = 56;
    private const int Zip64LocatorLength = 20;
    private const long MemberCost = 384;
    private const int LongestName = 4096;

    private readonly WeightBytes _bytes;
    private readonly string _file;
    private readonly ReadAllowance _allowance;
    private readonly Dictionary<string, (long Offset, long Length)> _members = new(StringComparer.Ordinal);

    /// <summary>Reads the directory.</summary>
    /// <exception cref="WeightFileException">It is damaged, or a member is compressed, encrypted, elsewhere or of a dangerous name.</exception>
    public StoredZip(WeightBytes bytes, string file, ReadAllowance allowance)
    {
        (_bytes, _file, _allowance) = (bytes, file, allowance);
        var (start, length, count) = FindDirectory();
        ReadDirectory(start, length, count);
    }

    /// <summary>Where each member's bytes lie.</summary>
    public IReadOnlyDictionary<string, (long Offset, long Length)> Members => _members;

    private (long Start, long Length, long Count) FindDirectory()
    {
        var window = (int)Math.Min(_bytes.Length, EndLength + ushort.MaxValue);
        var tail = _bytes.Slice(_bytes.Length - window, window);
        for (var at = window - EndLength; at >= 0; at--)
        {
            var end = tail[at..];
            if (!end.StartsWith("PK\x05\x06"u8) || BinaryPrimitives.ReadUInt16LittleEndian(end[20..]) != end.Length - EndLength) continue;

            long place = _bytes.Length - window + at, count = BinaryPrimitives.ReadUInt16LittleEndian(end[10..]);
            long length = BinaryPrimitives.ReadUInt32LittleEndian(end[12..]), start = BinaryPrimitives.ReadUInt32LittleEndian(end[16..]);
            if (count == ushort.MaxValue || length == uint.MaxValue || start == uint.MaxValue) (start, length, count, place) = ReadZip64End(place);
            if (start < 0 || length < 0 || start > place || length > place - start)
                throw new WeightFileException(_file, $"claims an archive directory of {length} bytes at {start}, but it must end before byte {place}");
            return (start, length, count);
        }

        throw new WeightFileException(_file, "is an archive without a directory at its end; it is truncated");
    }

    private (long Start, long Length, long Count, long Place) ReadZip64End(long end)
    {
        if (end >= Zip64LocatorLength && _bytes.Slice(end - Zip64LocatorLength, Zip64LocatorLength) is var locator && locator.StartsWith("PK\x06\x07"u8))
        {
            var place = BinaryPrimitives.ReadInt64LittleEndian(locator[8..]);
            if (place >= 0 && place <= end - Zip64LocatorLength - Zip64EndLength && _bytes.Slice(place, Zip64EndLength) is var record && record.StartsWith("PK\x06\x06"u8))
                return (BinaryPrimitives.ReadInt64LittleEndian(record[48..]), BinaryPrimitives.ReadInt64LittleEndian(record[40..]), BinaryPrimitives.ReadInt64LittleEndian(record[32..]), place);
        }

        throw new WeightFileException(_file, "is an archive whose zip64 directory is not where it must be");
    }

    private void ReadDirectory(long start, long length, long count)
    {
        if (length > int.MaxValue) throw new WeightFileException(_file, $"claims an archive directory of {length} bytes; at most {int.MaxValue} are read");
        var rest = _bytes.Slice(start, (int)length);
        var places = new List<(long Start, long End, string Name)>();
        while (rest.Length > 0)
        {
            if (rest.Length < EntryLength || !rest.StartsWith("PK\x01\x02"u8)) throw new WeightFileException(_file, "has a damaged archive directory");
            int nameLength = BinaryPrimitives.ReadUInt16LittleEndian(rest[28..]), extraLength = BinaryPrimitives.ReadUInt16LittleEndian(rest[30..]);
            var whole = EntryLength + nameLength + extraLength + BinaryPrimitives.ReadUInt16LittleEndian(rest[32..]);
            if (whole > rest.Length) throw new WeightFileException(_file, "has a damaged archive directory");

            if (nameLength > LongestName) throw new WeightFileException(_file, $"has an archive member with a name of {nameLength} bytes; at most {LongestName} are read");
            _allowance.Charge(MemberCost + (4 * nameLength));
            places.Add(ReadMember(rest[..EntryLength], rest.Slice(EntryLength, nameLength), rest.Slice(EntryLength + nameLength, extraLength), start));
            rest = rest[whole..];
        }

        if (places.Count != count) throw new WeightFileException(_file, $"claims {count} members in its archive directory, but lists {places.Count}");
        RefuseOverlaps(places);
    }

    private (long Start, long End, string Name) ReadMember(ReadOnlySpan<byte> entry, ReadOnlySpan<byte> nameBytes, ReadOnlySpan<byte> extra, long directory)
    {
        var name = Encoding.UTF8.GetString(nameBytes);
        RefuseDangerousName(name);
        if ((BinaryPrimitives.ReadUInt16LittleEndian(entry[8..]) & 1) != 0) throw new WeightFileException(_file, $"has the encrypted archive member '{name}'; weight files are not encrypted");
        var method = BinaryPrimitives.ReadUInt16LittleEndian(entry[10..]);
        if (method != 0)
            throw new WeightFileException(_file, $"has the compressed archive member '{name}' (method {method}); torch.save stores its members, and only stored ones are read. Unpack it and zip it again with 'zip -0'");

        long stored = BinaryPrimitives.ReadUInt32LittleEndian(entry[20..]), size = BinaryPrimitives.ReadUInt32LittleEndian(entry[24..]), local = BinaryPrimitives.ReadUInt32LittleEndian(entry[42..]);
        ReadZip64Extra(extra, ref size, ref stored, ref local);
        if (size != stored) throw new WeightFileException(_file, $"claims {size} bytes for the archive member '{name}', but stores {stored}");
        var offset = DataStart(name, nameBytes, local, directory);
        if (size < 0 || size > directory - offset)
            throw new WeightFileException(_file, $"claims {size} bytes at {offset} for the archive member '{name}', but its members end at {directory}");
        if (!_members.TryAdd(name, (offset, size))) throw new WeightFileException(_file, $"has the archive member '{name}' twice");
        return (local, offset + size, name);
    }

    private static void ReadZip64Extra(ReadOnlySpan<byte> extra, ref long size, ref long stored, ref long local)
    {
        while (extra.Length >= 4)
        {
            int id = BinaryPrimitives.ReadUInt16LittleEndian(extra), length = Math.Min(BinaryPrimitives.ReadUInt16LittleEndian(extra[2..]), extra.Length - 4);
            var field = extra.Slice(4, length);
            extra = extra[(4 + length)..];
            if (id != 1) continue;

            // Only the fields that do not fit 32 bits are there, in this order.
            Take(ref field, ref size);
            Take(ref field, ref stored);
            Take(ref field, ref local);
        }
    }

    private static void Take(ref ReadOnlySpan<byte> field, ref long value)
    {
        if (value != uint.MaxValue || field.Length < 8) return;
        value = BinaryPrimitives.ReadInt64LittleEndian(field);
        field = field[8..];
    }

    private long DataStart(string name, ReadOnlySpan<byte> nameBytes, long local, long directory)
    {
        if (local < 0 || local > directory - LocalLength) throw new WeightFileException(_file, $"places the archive member '{name}' at {local}, but its members end at {directory}");
        var header = _bytes.Slice(local, LocalLength);
        int nameLength = BinaryPrimitives.ReadUInt16LittleEndian(header[26..]), extraLength = BinaryPrimitives.ReadUInt16LittleEndian(header[28..]);
        if (!header.StartsWith("PK\x03\x04"u8) || nameLength != nameBytes.Length || local + LocalLength + nameLength + extraLength > directory
            || !_bytes.Slice(local + LocalLength, nameLength).SequenceEqual(nameBytes))
            throw new WeightFileException(_file, $"places the archive member '{name}' at {local}, where another thing lies");
        return local + LocalLength + nameLength + extraLength;
    }

    private void RefuseDangerousName(string name)
    {
        if (name.Length == 0 || name[0] == '/' || name.Contains('\\') || name.Contains(':') || Climbs(name))
            throw new WeightFileException(_file, $"has the archive member '{name}', a name that leads out of the archive; torch.save writes none");
    }

    // Without a string for each part: a name may be nothing but slashes.
    private static bool Climbs(ReadOnlySpan<char> name)
    {
        foreach (var part in name.Split('/'))
            if (name[part] is "..") return true;
        return false;
    }

    private void RefuseOverlaps(List<(long Start, long End, string Name)> places)
    {
        places.Sort();
        for (var at = 1; at < places.Count; at++)
            if (places[at].Start < places[at - 1].End) throw new WeightFileException(_file, $"has the archive members '{places[at - 1].Name}' and '{places[at].Name}' at the same place");
    }
}

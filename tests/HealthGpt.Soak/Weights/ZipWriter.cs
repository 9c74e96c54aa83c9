using System.Text;

namespace HealthGpt.Soak.Weights;

/// <summary>Writes zip archives of stored members, good or bad.</summary>
internal static class ZipWriter
{
    public static byte[] Write(params IReadOnlyList<ZipMember> members)
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        var places = new List<uint>();
        foreach (var member in members)
        {
            places.Add((uint)bytes.Position);
            writer.Write("PK\x03\x04"u8);
            WriteCommon(writer, member, (uint)member.Bytes.Length, extra: 0);
            writer.Write(Encoding.UTF8.GetBytes(member.Name));
            writer.Write(member.Bytes);
        }

        var start = (uint)bytes.Position;
        for (var at = 0; at < members.Count; at++) WriteEntry(writer, members[at], members[at].Place ?? places[at]);
        var length = (uint)bytes.Position - start;
        writer.Write("PK\x05\x06"u8);
        writer.Write(0u);
        writer.Write((ushort)members.Count);
        writer.Write((ushort)members.Count);
        writer.Write(length);
        writer.Write(start);
        writer.Write((ushort)0);
        writer.Flush();
        return bytes.ToArray();
    }

    private static void WriteEntry(BinaryWriter writer, ZipMember member, uint place)
    {
        var size = member.ClaimedSize ?? (uint)member.Bytes.Length;
        writer.Write("PK\x01\x02"u8);
        writer.Write((ushort)20);
        WriteCommon(writer, member, member.Zip64 ? uint.MaxValue : size, extra: (ushort)(member.Zip64 ? 28 : 0));
        writer.Write((ushort)0);
        writer.Write((ushort)0);
        writer.Write((ushort)0);
        writer.Write(0u);
        writer.Write(member.Zip64 ? uint.MaxValue : place);
        writer.Write(Encoding.UTF8.GetBytes(member.Name));
        if (!member.Zip64) return;

        writer.Write((ushort)1);
        writer.Write((ushort)24);
        writer.Write((ulong)size);
        writer.Write((ulong)size);
        writer.Write((ulong)place);
    }

    private static void WriteCommon(BinaryWriter writer, ZipMember member, uint size, ushort extra)
    {
        writer.Write((ushort)20);
        writer.Write(member.Flags);
        writer.Write(member.Method);
        writer.Write(0u);
        // Readers do not compare the checksum.
        writer.Write(0u);
        writer.Write(size);
        writer.Write(size);
        writer.Write((ushort)Encoding.UTF8.GetByteCount(member.Name));
        writer.Write(extra);
    }
}

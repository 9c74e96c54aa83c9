using System.Runtime.InteropServices;

namespace HealthGpt.Collectives.Nccl;

/// <summary>What the ranks of one communicator have in common: ncclUniqueId of nccl.h, 128 bytes that C passes by value.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NcclUniqueId
{
    public const int Bytes = 128;

    private fixed byte _internal[Bytes];

    public static NcclUniqueId From(ReadOnlySpan<byte> bytes) => MemoryMarshal.Read<NcclUniqueId>(bytes);

    public readonly byte[] ToBytes()
    {
        byte[] bytes = new byte[Bytes];
        MemoryMarshal.Write(bytes, in this);
        return bytes;
    }
}

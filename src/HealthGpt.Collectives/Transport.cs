namespace HealthGpt.Collectives;

/// <summary>What carries the data between two ranks. Joins, heartbeats and aborts always go over TCP.</summary>
public enum Transport
{
    /// <summary>Shared memory between two ranks that can map the same segment, TCP between all others.</summary>
    Auto = 0,

    /// <summary>A memory segment that both ranks of a host map; a pair that has none does not form.</summary>
    SharedMemory = 1,

    /// <summary>TCP connections.</summary>
    Tcp = 2,

    /// <summary>NCCL between CUDA devices, which a <see cref="Nccl.NcclCommunicator"/> over a group is for; a group that asks for it itself is refused.</summary>
    Nccl = 3,
}

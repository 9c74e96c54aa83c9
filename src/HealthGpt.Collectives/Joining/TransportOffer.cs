using System.ComponentModel;
using System.Text.Json;
using HealthGpt.Collectives.SharedMemory;

namespace HealthGpt.Collectives.Joining;

/// <summary>What the caller of a data connection offers to carry its bytes, told once both sides have proved the secret.</summary>
/// <param name="Wanted">The caller's setting.</param>
/// <param name="BootId">The boot of the caller's kernel: ranks of other hosts need not try.</param>
/// <param name="Path">The segment's file; null where there is none.</param>
/// <param name="RingBytes">The size of its rings.</param>
/// <param name="Seal">What stands in it.</param>
/// <param name="Why">Why there is none.</param>
/// <param name="Connections">The caller's setting for TCP.</param>
internal sealed record TransportOffer(Transport Wanted, string BootId, string? Path, int RingBytes, byte[] Seal, string Why, int Connections)
{
    private const string BootIdFile = "/proc/sys/kernel/random/boot_id";
    private static readonly string Boot = File.Exists(BootIdFile) ? File.ReadAllText(BootIdFile).Trim() : string.Empty;

    public static TransportOffer Of(GroupSpec spec, out SharedSegment? segment)
    {
        segment = null;
        if (spec.Transport == Transport.Tcp)
            return None(spec, $"rank {spec.Rank} has Transport tcp");
        try
        {
            segment = SharedSegment.Create(SharedSegment.RingBytesFor(spec.WorldSize));
            return new TransportOffer(spec.Transport, Boot, segment.Path, segment.RingBytes, segment.Seal.ToArray(), string.Empty, spec.Connections);
        }
        catch (Exception failure) when (IsNoSharedMemory(failure))
        {
            return None(spec, $"rank {spec.Rank} cannot make a segment in {SharedSegment.Folder}: {failure.Message}");
        }
    }

    public static TransportOffer Parse(byte[] bytes)
    {
        try
        {
            return JsonSerializer.Deserialize<TransportOffer>(bytes) ?? throw new JsonException("nothing was offered");
        }
        catch (JsonException failure)
        {
            throw new JoinRefusedException(JoinRefusal.Protocol, $"the offer of a transport cannot be read: {failure.Message} Use the same release on every worker.");
        }
    }

    /// <summary>What the called side answers: 0 for shared memory, else the number of connections.</summary>
    public static byte[] Answer(int connections) => [(byte)connections];

    /// <summary>Reads the answer.</summary>
    public static int ReadAnswer(byte[] answer) => answer is [<= GroupSpec.MostConnections]
        ? answer[0]
        : throw new JoinRefusedException(JoinRefusal.Protocol, "the answer to an offer of a transport cannot be read; use the same release on every worker");

    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this);

    /// <summary>Maps what is offered; null, and why, where the two cannot share memory.</summary>
    public SharedSegment? TryOpen(GroupSpec spec, out string why)
    {
        why = Why;
        if (Path is null)
            return null;
        if (spec.Transport == Transport.Tcp)
            why = $"rank {spec.Rank} has Transport tcp";
        else if (BootId != Boot)
            why = "they run on different hosts";
        else if (RingBytes != SharedSegment.RingBytesFor(spec.WorldSize))
            why = "their releases make rings of different sizes";
        if (why.Length > 0)
            return null;
        try
        {
            return SharedSegment.Open(Path, RingBytes, Seal);
        }
        catch (Exception failure) when (IsNoSharedMemory(failure))
        {
            why = $"rank {spec.Rank} cannot open the segment: {failure.Message}";
            return null;
        }
    }

    /// <summary>Takes the segment's name away, whatever came of the offer.</summary>
    public void Withdraw()
    {
        if (Path is not null)
            File.Delete(Path);
    }

    private static TransportOffer None(GroupSpec spec, string why) => new(spec.Transport, Boot, null, 0, [], why, spec.Connections);

    private static bool IsNoSharedMemory(Exception failure) =>
        failure is IOException or UnauthorizedAccessException or Win32Exception or PlatformNotSupportedException or DllNotFoundException or EntryPointNotFoundException;
}

using System.Text;

namespace HealthGpt.Collectives;

/// <summary>What one rank needs to know to form a process group.</summary>
public sealed record GroupSpec
{
    /// <summary>How many heartbeat intervals without a sign of life make a peer lost.</summary>
    public const int SilentIntervals = 3;

    /// <summary>The most TCP connections that carry a peer's data.</summary>
    public const int MostConnections = 16;

    /// <summary>The longest job name, in UTF-8 bytes.</summary>
    public const int LongestJob = 512;

    /// <summary>The job whose group this is.</summary>
    public required string Job { get; init; }

    /// <summary>The generation of the job's worker group; a listener refuses one lower than it has seen of this job.</summary>
    public required long Generation { get; init; }

    /// <summary>This process's rank: its index in <see cref="Members"/>.</summary>
    public required int Rank { get; init; }

    /// <summary>The listener of each rank, <c>host:port</c>, in rank order and the same on every rank.</summary>
    public required IReadOnlyList<string> Members { get; init; }

    /// <summary>The generation's secret: who cannot prove it does not join.</summary>
    public required string Secret { get; init; }

    /// <summary>How long all ranks may take to come, 30 s by default.</summary>
    public TimeSpan FormTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How often each rank shows that it lives, 250 ms by default and meant to be the same on every rank. A peer silent for <see cref="SilentIntervals"/> of them is lost, so the
    /// default finds it within 1 s.
    /// </summary>
    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>What carries the data, <see cref="Transport.Auto"/> by default. Ranks may differ as long as none asks for what the other refuses.</summary>
    public Transport Transport { get; init; }

    /// <summary>Whether TLS protects what goes over TCP, <see cref="Encryption.Off"/> by default and the same on every rank: a rank that has another setting is refused.</summary>
    public Encryption Encryption { get; init; }

    /// <summary>
    /// How many TCP connections carry the data to and from each peer, 2 by default; where two ranks differ, the fewer. A fast network needs several, since the kernel handles each on
    /// one processor at a time; on a slow one, and within a host, one does as well.
    /// </summary>
    public int Connections { get; init; } = 2;

    /// <summary>How long one operation may take once it is its turn; null, the default, for as long as every peer shows that it lives.</summary>
    public TimeSpan? OperationTimeout { get; init; }

    /// <summary>The number of ranks.</summary>
    public int WorldSize => Members.Count;

    /// <summary>Names the group and the rank; the secret stays out, as this text goes to logs.</summary>
    public override string ToString() => $"job '{Job}' generation {Generation} rank {Rank} of {WorldSize}";

    internal TimeSpan SilenceLimit => HeartbeatInterval * SilentIntervals;

    internal void Validate()
    {
        List<string> problems = [.. Problems()];
        if (problems.Count > 0)
            throw new ArgumentException($"the group of {this} cannot form:{string.Concat(problems.Select(problem => $"{Environment.NewLine}  {problem}"))}");
    }

    private IEnumerable<string> Problems()
    {
        if (Job.Length == 0 || Encoding.UTF8.GetByteCount(Job) > LongestJob)
            yield return $"Job is '{Job}'; it takes 1 to {LongestJob} bytes; name the job";
        if (Generation < 0)
            yield return $"Generation is {Generation}; generations count up from 0; pass the one that the trainer claimed";
        if (Rank < 0 || Rank >= WorldSize)
            yield return $"Rank is {Rank}; there are {WorldSize} members; ranks go from 0 to {WorldSize - 1}";
        if (Secret.Length == 0)
            yield return "Secret is empty; ranks prove themselves with it; pass the generation's secret";
        if (FormTimeout <= TimeSpan.Zero || FormTimeout.TotalMilliseconds > int.MaxValue)
            yield return $"FormTimeout is {FormTimeout}; it must be positive and at most 24 days";
        if (HeartbeatInterval < TimeSpan.FromMilliseconds(1) || HeartbeatInterval.TotalDays > 1)
            yield return $"HeartbeatInterval is {HeartbeatInterval}; it must be from 1 ms to a day";
        if (OperationTimeout is { } limit && (limit <= TimeSpan.Zero || limit.TotalMilliseconds > int.MaxValue))
            yield return $"OperationTimeout is {limit}; it must be positive and at most 24 days, or null for none";
        if (Connections is < 1 or > MostConnections)
            yield return $"Connections is {Connections}; it must be from 1 to {MostConnections}";
        if (Transport == Transport.Nccl)
            yield return "Transport is nccl; it does not carry host memory; use auto, shared-memory or tcp, and an NcclCommunicator over the group for CUDA memory";
        foreach (var twice in Members.GroupBy(member => member).Where(same => same.Count() > 1))
            yield return $"Members has '{twice.Key}' {twice.Count()} times; each rank needs a listener of its own";
        if (WorldSize == 1)
            yield break;
        foreach (string member in Members.Where(member => !MemberAddress.TryParse(member, out _)))
            yield return $"Members has '{member}'; a member is host:port, such as 10.0.0.7:4100; use the EndPoint of its PeerListener";
    }
}

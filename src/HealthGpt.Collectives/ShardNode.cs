namespace HealthGpt.Collectives;

/// <summary>A node of a <see cref="ShardTree"/>: the logical shards from <paramref name="Start"/> to before <paramref name="End"/>.</summary>
/// <param name="Start">The first shard.</param>
/// <param name="End">The shard after the last.</param>
public readonly record struct ShardNode(int Start, int End)
{
    /// <summary>How many shards the node sums.</summary>
    public int Count => End - Start;

    /// <summary>Whether the node is a single shard.</summary>
    public bool IsLeaf => Count == 1;

    /// <summary>The node as a half-open interval.</summary>
    public override string ToString() => $"[{Start},{End})";
}

namespace HealthGpt.Collectives.Reductions;

/// <summary>A tree node that some rank holds, and the block of its values that is summed next.</summary>
internal sealed class HeldNode(int rank)
{
    public int Rank { get; } = rank;

    public ReadOnlyMemory<byte> Block { get; set; }
}

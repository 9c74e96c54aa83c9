namespace HealthGpt.Collectives.Links;

internal sealed class PeerLostException(int rank, Exception inner) : Exception(inner.Message, inner)
{
    public int Rank { get; } = rank;
}

namespace HealthGpt.Collectives.Links;

/// <summary>Bytes that a peer sent, where they lie, or a copy in a rented array where they are too many for that.</summary>
internal readonly record struct PeekedBytes(ReadOnlyMemory<byte> Bytes, byte[]? Rented);

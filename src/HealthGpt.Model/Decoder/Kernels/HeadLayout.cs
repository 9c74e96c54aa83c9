namespace HealthGpt.Model.Decoder.Kernels;

/// <summary>Where heads lie in the rows of a projection.</summary>
/// <param name="Offset">First element of them in a row.</param>
/// <param name="Stored">Heads that lie there.</param>
/// <param name="Shared">How many queries' heads share each of them.</param>
/// <param name="Width">Elements of a head.</param>
/// <param name="Length">Positions of a sequence.</param>
internal readonly record struct HeadLayout(int Offset, int Stored, int Shared, int Width, int Length)
{
    /// <summary>Heads that attention sees.</summary>
    public int Count => Stored * Shared;
}

using HealthGpt.Data.Volumes;

namespace HealthGpt.Data.SampleSets;

/// <summary>A part of the volume that training never sees, with the margin around it.</summary>
/// <param name="Plane">The plane whose slices inside the slab are for validation.</param>
/// <param name="From">First millimetre of the slab along the plane's normal.</param>
/// <param name="To">Last millimetre of the slab.</param>
public sealed record HeldOutSlab(SlicePlane Plane, int From, int To)
{
    /// <summary>Millimetres on each side that training does not see either.</summary>
    public const int Margin = 5;

    /// <summary>First millimetre that training does not see.</summary>
    public int BlankFrom => From - Margin;

    /// <summary>Last millimetre that training does not see.</summary>
    public int BlankTo => To + Margin;

    /// <summary>Whether a position along the normal is kept from training.</summary>
    /// <param name="millimetres">The position.</param>
    /// <returns>True inside the slab and its margin.</returns>
    public bool Blanks(double millimetres) => millimetres >= BlankFrom && millimetres <= BlankTo;
}

using HealthGpt.Data.Images;
using HealthGpt.Data.Volumes;

namespace HealthGpt.Data.SampleSets;

/// <summary>One picture of the set and what is known about it.</summary>
internal sealed record Slice
{
    public required SlicePlane Plane { get; init; }

    public required int Position { get; init; }

    public required bool Skull { get; init; }

    public required bool Validation { get; init; }

    public required RgbImage Image { get; init; }

    public required RgbImage LowResolution { get; init; }

    /// <summary>By structure: square millimetres to be seen, and those that blanking hides.</summary>
    public required IReadOnlyList<int> Visible { get; init; }

    public required IReadOnlyList<int> Hidden { get; init; }

    public required IReadOnlyList<HeldOutSlab> Blanked { get; init; }

    public SliceContent Content => new(Plane, Position, Skull, [.. Enumerable.Range(0, Structure.All.Count).Select(Shows)]);

    public string PlaneName => Plane.ToString().ToLowerInvariant();

    public string Axis => SliceGeometry.Names[SliceGeometry.Normal(Plane)].ToString();

    public string Split => Validation ? "validation" : "train";

    public string Stem => $"{PlaneName}_{(Position < 0 ? 'm' : 'p')}{Math.Abs(Position):000}";

    public string FileName => NameOf(Skull);

    public string LowResolutionName => $"{Stem}_{Version(Skull)}_16px.png";

    /// <summary>True or false where the answer is plain; null where too little of the structure is in the slice, or too much is hidden.</summary>
    public bool? Shows(int structure)
    {
        if (Visible[structure] >= Structure.VisibleFrom)
            return true;
        return Visible[structure] + Hidden[structure] <= Structure.AbsentUpTo ? false : null;
    }

    public string NameOf(bool skull) => $"{Stem}_{Version(skull)}.png";

    private static string Version(bool skull) => skull ? "head" : "brain";
}

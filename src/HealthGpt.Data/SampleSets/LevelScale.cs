using HealthGpt.Data.Volumes;

namespace HealthGpt.Data.SampleSets;

/// <summary>How questions speak of the position of a slice in one plane.</summary>
internal sealed record LevelScale(string ThirdQuestion, IReadOnlyList<string> Thirds, IReadOnlyList<int> Limits, IReadOnlyList<int> Asked)
{
    private static readonly LevelScale Axial = new("Lower, middle or upper third?", ["lower", "middle", "upper"], [-12, 32], [-30, 0, 50])
    {
        LimitQuestion = limit => $"Is it above z = {Signed(limit)} mm?",
    };

    private static readonly LevelScale Coronal = new("Back, middle or front third?", ["back", "middle", "front"], [-45, 10], [-80, -40, 20])
    {
        LimitQuestion = limit => $"Is it in front of y = {Signed(limit)} mm?",
    };

    // Left and right look alike, so sagittal slices are asked for their distance from the midline.
    private static readonly LevelScale Sagittal = new("Near the midline, between or lateral?", ["near", "between", "lateral"], [20, 42], [15, 50])
    {
        LimitQuestion = limit => $"Is it over {limit} mm off the midline?",
        Measure = Math.Abs,
    };

    public required Func<int, string> LimitQuestion { get; init; }

    public Func<int, int> Measure { get; init; } = position => position;

    public static LevelScale Of(SlicePlane plane) => plane switch
    {
        SlicePlane.Axial => Axial,
        SlicePlane.Coronal => Coronal,
        _ => Sagittal,
    };

    public static string Signed(int millimetres) => millimetres > 0 ? $"+{millimetres}" : $"{millimetres}";
}

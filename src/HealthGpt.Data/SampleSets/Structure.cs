namespace HealthGpt.Data.SampleSets;

/// <summary>A structure that questions ask for: left and right together, from the labels of the AAL atlas.</summary>
internal sealed record Structure(string Name, params string[] LabelPrefixes)
{
    /// <summary>Square millimetres in a slice from which on the structure counts as visible.</summary>
    public const int VisibleFrom = 150;

    /// <summary>Square millimetres in a slice up to which it counts as absent; what lies between is not asked.</summary>
    public const int AbsentUpTo = 10;

    public static readonly IReadOnlyList<Structure> All =
    [
        new("thalamus", "Thalamus_"),
        new("hippocampus", "Hippocampus_"),
        new("caudate", "Caudate_"),
        new("putamen", "Putamen_"),
        new("insula", "Insula_"),
        new("cerebellum", "Cerebelum_", "Vermis_"),
        new("cuneus", "Cuneus_"),
        new("precuneus", "Precuneus_"),
        new("precentral gyrus", "Precentral_"),
    ];
}

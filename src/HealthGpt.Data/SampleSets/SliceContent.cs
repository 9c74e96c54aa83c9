using HealthGpt.Data.Volumes;

namespace HealthGpt.Data.SampleSets;

/// <summary>What is known of a slice: all that questions are asked about.</summary>
/// <param name="Plane">Its plane.</param>
/// <param name="Position">Its position along the plane's axis in millimetres.</param>
/// <param name="Skull">Whether the skull is there.</param>
/// <param name="Structures">Whether each structure is there, in the order of images.jsonl; null where that is unclear.</param>
public sealed record SliceContent(SlicePlane Plane, int Position, bool Skull, IReadOnlyList<bool?> Structures)
{
    /// <summary>How many structures are asked for.</summary>
    public static int StructureCount => Structure.All.Count;
}

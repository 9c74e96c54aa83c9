using System.Text;
using HealthGpt.Data.Volumes;

namespace HealthGpt.Data.SampleSets;

/// <summary>
/// What is known of a slice as a list of statements that hold, do not hold or say nothing of it: the three planes, the skull, a limit each for the positions that
/// questions ask for, and the structures. A letter each makes a note of it that a byte-level language model can read.
/// </summary>
public static class SliceFacts
{
    private const char Holds = '0';
    private const char DoesNotHold = '`';

    private static readonly IReadOnlyList<(SlicePlane Plane, int Limit)> Limits =
    [
        .. from plane in Enum.GetValues<SlicePlane>()
           let scale = LevelScale.Of(plane)
           from limit in scale.Limits.Concat(scale.Asked).Order()
           select (plane, limit),
    ];

    /// <summary>Number of statements.</summary>
    public static int Count => Planes + 1 + Limits.Count + Structure.All.Count;

    /// <summary>The first statements: in which plane the slice lies, in the order of <see cref="SlicePlane"/>.</summary>
    public static int Planes => Enum.GetValues<SlicePlane>().Length;

    /// <summary>Which statements tell the plane.</summary>
    internal static IReadOnlyList<int> PlaneStatements { get; } = [.. Enumerable.Range(0, Planes)];

    /// <summary>Which statement tells whether the skull is there.</summary>
    internal static int SkullStatement => Planes;

    /// <summary>Which statements tell the position of a slice of a plane.</summary>
    internal static IReadOnlyList<int> LimitStatements(SlicePlane plane) =>
        [.. Enumerable.Range(0, Limits.Count).Where(limit => Limits[limit].Plane == plane).Select(limit => SkullStatement + 1 + limit)];

    /// <summary>Which statement tells whether a structure is there.</summary>
    internal static int StructureStatement(int structure) => SkullStatement + 1 + Limits.Count + structure;

    /// <summary>The statements of a slice; null where one says nothing of it.</summary>
    public static IReadOnlyList<bool?> Of(SliceContent slice)
    {
        var measured = LevelScale.Of(slice.Plane).Measure(slice.Position);
        return
        [
            .. Enum.GetValues<SlicePlane>().Select(other => (bool?)(other == slice.Plane)),
            slice.Skull,
            .. Limits.Select(item => item.Plane == slice.Plane ? measured > item.Limit : (bool?)null),
            .. slice.Structures,
        ];
    }

    /// <summary>The letters of the statements that say something.</summary>
    public static byte[] Note(IReadOnlyList<bool?> facts) => Encoding.ASCII.GetBytes(
        [.. facts.Select((fact, index) => (Fact: fact, Index: index)).Where(item => item.Fact is not null).Select(item => Letter(item.Index, item.Fact!.Value))]);

    private static char Letter(int index, bool holds) => (char)((holds ? Holds : DoesNotHold) + index);
}

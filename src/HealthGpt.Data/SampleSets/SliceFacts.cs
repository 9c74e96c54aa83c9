using System.Text;
using System.Text.Json;
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

    /// <summary>What is known of every training slice, from images.jsonl; held-out slices are passed over.</summary>
    /// <param name="samplesFolder">The sample set.</param>
    public static IEnumerable<(string Image, SliceContent Content)> OfTrainingSlices(string samplesFolder)
    {
        foreach (var line in File.ReadLines(Path.Combine(samplesFolder, "images.jsonl")))
        {
            using var document = JsonDocument.Parse(line);
            var slice = document.RootElement;
            if (slice.GetProperty("split").GetString() != "train") continue;
            var plane = Enum.Parse<SlicePlane>(slice.GetProperty("plane").GetString()!, ignoreCase: true);
            var structures = slice.GetProperty("structures").EnumerateObject().Select(item => item.Value.ValueKind == JsonValueKind.Null ? (bool?)null : item.Value.GetBoolean());
            yield return (slice.GetProperty("image").GetString()!, new SliceContent(plane, slice.GetProperty("mm").GetInt32(), slice.GetProperty("skull").GetBoolean(), [.. structures]));
        }
    }

    /// <summary>The letters of the statements that say something.</summary>
    public static byte[] Note(IReadOnlyList<bool?> facts) => Encoding.ASCII.GetBytes(
        [.. facts.Select((fact, index) => (Fact: fact, Index: index)).Where(item => item.Fact is not null).Select(item => Letter(item.Index, item.Fact!.Value))]);

    private static char Letter(int index, bool holds) => (char)((holds ? Holds : DoesNotHold) + index);
}

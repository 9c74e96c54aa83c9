using System.Text.Json.Nodes;

namespace HealthGpt.Data.SampleSets;

/// <summary>The line of a picture in images.jsonl.</summary>
internal static class SliceMetadata
{
    public static JsonObject Describe(Slice slice) => new()
    {
        ["image"] = slice.FileName,
        ["lowResolution"] = slice.LowResolutionName,
        ["split"] = slice.Split,
        ["plane"] = slice.PlaneName,
        ["axis"] = slice.Axis,
        ["mm"] = slice.Position,
        ["skull"] = slice.Skull,
        ["structures"] = Structures(slice),
        ["columns"] = PixelAxis(SliceGeometry.Columns(slice.Plane)),
        ["rows"] = PixelAxis(SliceGeometry.Rows(slice.Plane)),
        ["blanked"] = new JsonArray([.. slice.Blanked.Select(Band)]),
    };

    private static JsonObject Structures(Slice slice)
    {
        var structures = new JsonObject();
        for (var i = 0; i < Structure.All.Count; i++)
            structures[Structure.All[i].Name] = slice.Shows(i);
        return structures;
    }

    private static JsonObject PixelAxis(int axis) => new()
    {
        ["axis"] = SliceGeometry.Names[axis].ToString(),
        ["first"] = SliceGeometry.FirstPixel(axis),
        ["step"] = -SliceGeometry.PixelSize,
    };

    private static JsonNode Band(HeldOutSlab slab) => new JsonObject
    {
        ["axis"] = SliceGeometry.Names[SliceGeometry.Normal(slab.Plane)].ToString(),
        ["from"] = slab.BlankFrom,
        ["to"] = slab.BlankTo,
    };
}

using System.Text.Json;

namespace HealthGpt.Data.SampleSets;

/// <summary>Lines of a training picture that are black because they lie in a held-out slab or its margin.</summary>
/// <param name="Columns">Whether the lines are columns; rows otherwise.</param>
/// <param name="First">The first line.</param>
/// <param name="Count">Number of lines.</param>
public sealed record BlankBand(bool Columns, int First, int Count)
{
    /// <summary>The bands of a picture.</summary>
    /// <param name="slice">Its line of images.jsonl.</param>
    /// <param name="side">Pixels a side.</param>
    internal static IEnumerable<BlankBand> Of(JsonElement slice, int side)
    {
        foreach (var band in slice.GetProperty("blanked").EnumerateArray())
        {
            var columns = Axis(slice.GetProperty("columns")) == Axis(band);
            var pixels = slice.GetProperty(columns ? "columns" : "rows");
            double first = pixels.GetProperty("first").GetDouble(), step = pixels.GetProperty("step").GetDouble();
            int from = band.GetProperty("from").GetInt32(), to = band.GetProperty("to").GetInt32();
            var lines = Enumerable.Range(0, side).Where(line => first + (line * step) >= from && first + (line * step) <= to).ToList();
            if (lines.Count > 0) yield return new BlankBand(columns, lines[0], lines.Count);
        }
    }

    private static string Axis(JsonElement element) => element.GetProperty("axis").GetString()!;
}

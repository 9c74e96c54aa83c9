using System.Text;

namespace HealthGpt.Data.SampleSets;

/// <summary>Writes the short report of a slice.</summary>
internal static class ReportWriter
{
    /// <summary>With a byte-level tokenizer every byte is a token, so reports are kept to this many.</summary>
    public const int MaximumBytes = 120;

    private const int MostStructures = 3;

    public static string Write(Slice slice)
    {
        var version = slice.Skull ? "whole head" : "skull removed";
        var report = $"T1 MRI, {slice.PlaneName} slice at {slice.Axis} = {LevelScale.Signed(slice.Position)} mm, {version}.";
        var shown = Enumerable.Range(0, Structure.All.Count)
            .Where(structure => slice.Shows(structure) == true)
            .OrderByDescending(structure => slice.Visible[structure])
            .ThenBy(structure => structure)
            .Take(MostStructures)
            .Select(structure => Structure.All[structure].Name)
            .ToList();
        for (; shown.Count > 0; shown.RemoveAt(shown.Count - 1))
        {
            var whole = $"{report} Seen: {string.Join(", ", shown)}.";
            if (Encoding.UTF8.GetByteCount(whole) <= MaximumBytes)
                return whole;
        }

        return report;
    }
}

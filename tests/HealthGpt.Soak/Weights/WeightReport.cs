using System.Globalization;
using System.Text;

namespace HealthGpt.Soak.Weights;

/// <summary>The summary that is committed beside the code.</summary>
internal static class WeightReport
{
    public static string Of(WeightSoak soak, SoakOptions options, IReadOnlyList<SeedFile> seeds, TimeSpan took)
    {
        var text = new StringBuilder();
        void Line(FormattableString line) => text.AppendLine(FormattableString.Invariant(line));
        Line($"# Soak of the weight file readers");
        Line($"");
        Line($"Made by `eng/soak --files {options.Files} --seed {options.Seed}` on {DateTime.UtcNow:yyyy-MM-dd}; {Machine.Description}.");
        Line($"");
        Line($"Each mutated file is opened by content, mapped, and read whole. Only a `WeightFileException` that names the file may come out, within {Probe.Longest.TotalSeconds} s and with at most");
        Line($"twice the file plus 16 MB of memory (managed bytes allocated, and all tensors as if held at once).");
        Line($"");
        Line($"| | |");
        Line($"|---|---|");
        Line($"| mutated files | {soak.Files} |");
        Line($"| good files they were made from | {seeds.Count} |");
        Line($"| refused | {soak.Refused} |");
        Line($"| read (the mutation left a valid file) | {soak.Read} |");
        Line($"| **faults** (other exception, hang, too much memory) | **{soak.Faults.Count}** |");
        Line($"| slowest file | {soak.Slowest.TotalMilliseconds:F0} ms |");
        Line($"| largest share of the allowed memory | {100 * soak.LargestShare:F0} % |");
        Line($"| whole run | {took.TotalSeconds:F0} s |");
        Line($"");
        Line($"The commonest reasons of refusal, names and numbers left out:");
        Line($"");
        Line($"| files | reason |");
        Line($"|---|---|");
        foreach (var (reason, count) in soak.Reasons.OrderByDescending(item => item.Value).Take(25)) Line($"| {count} | {reason.Replace("|", "\\|", StringComparison.Ordinal)} |");
        return text.ToString();
    }
}

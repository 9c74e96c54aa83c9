using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using HealthGpt.Soak.Weights;

namespace HealthGpt.Soak;

/// <summary>The summary that is committed beside the code.</summary>
internal static class SoakReport
{
    public static string Of(WeightSoak soak, SoakOptions options, IReadOnlyList<SeedFile> seeds, TimeSpan took)
    {
        var text = new StringBuilder();
        void Line(FormattableString line) => text.AppendLine(FormattableString.Invariant(line));
        Line($"# Soak of the weight file readers");
        Line($"");
        Line($"Made by `eng/soak --files {options.Files} --seed {options.Seed}` on {DateTime.UtcNow:yyyy-MM-dd}; {Processor()}, {Environment.ProcessorCount} logical processors, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}.");
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

    private static string Processor()
    {
        const string Information = "/proc/cpuinfo";
        var line = File.Exists(Information) ? File.ReadLines(Information).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal)) : null;
        return line?.Split(':', 2)[1].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();
    }
}

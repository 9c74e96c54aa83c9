using System.Text;
using HealthGpt.Training.Tests.Checkpoints;

namespace HealthGpt.Soak.Checkpoints;

/// <summary>The summary that is committed beside the code.</summary>
internal static class CheckpointReport
{
    public static string Of(SoakOptions options, CheckpointKills folder, CheckpointKills azurite, TimeSpan took)
    {
        var text = new StringBuilder();
        void Line(FormattableString line) => text.AppendLine(FormattableString.Invariant(line));
        Line($"# Soak of checkpoints");
        Line($"");
        Line($"Made by `eng/soak checkpoints --kills {options.Kills} --seed {options.Seed}` on {DateTime.UtcNow:yyyy-MM-dd}; {Machine.Description}.");
        Line($"");
        Line($"A process trains a tiny job of 15 steps over all three stages and writes a checkpoint at every step. After a random one of its next 5 steps and up to 50 ms, while a checkpoint is being");
        Line($"written or has just been, it is killed (`kill -9`). Then every checkpoint that has a manifest is read and its hashes are compared, and the newest must not be older than the last that the");
        Line($"process had told as written. Another process goes on from there and is killed too, until the job ends: with the same SHA-256 of all weights as the job that nothing was done to.");
        Line($"");
        Line($"| | folder | Azurite |");
        Line($"|---|---|---|");
        Line($"| kills | {folder.Kills} | {azurite.Kills} |");
        Line($"| checkpoints read and compared after them | {folder.Checked} | {azurite.Checked} |");
        Line($"| checkpoints found half-written, which do not exist | {folder.Torn} | {azurite.Torn} |");
        Line($"| jobs trained to their end | {folder.Jobs} | {azurite.Jobs} |");
        Line($"| **faults** (unreadable, older than told, or other weights at the end) | **{folder.Faults.Count}** | **{azurite.Faults.Count}** |");
        Line($"");
        Line($"The whole run took {took.TotalSeconds:F0} s.");
        return text.ToString();
    }
}

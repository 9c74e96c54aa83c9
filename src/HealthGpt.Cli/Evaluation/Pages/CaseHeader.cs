namespace HealthGpt.Cli.Evaluation.Pages;

/// <summary>Names a sample: by its number and hash, never by a file.</summary>
internal static class CaseHeader
{
    public static void Write(TextWriter page, CheckedSample sample, string kind)
    {
        var later = sample.Sample.FollowUps.Count == 0 ? "" : $"<span class=\"later\">turn {sample.Turn} of {sample.Sample.FollowUps.Count + 1}</span>";
        page.WriteLine($"<header><b>#{sample.Number}</b> <span class=\"kind\" dir=\"auto\">{Html.Text(kind)}</span> {later} {Html.Hash(sample.Sha256)}</header>");
    }
}

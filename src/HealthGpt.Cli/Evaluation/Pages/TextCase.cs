using HealthGpt.Data.Images;

namespace HealthGpt.Cli.Evaluation.Pages;

/// <summary>A question with its pictures, the truth and the answers.</summary>
internal static class TextCase
{
    private const int MostPictures = 4;
    private const int LongestSide = 256;

    public static void Write(TextWriter page, CheckedSample sample, string kind, IReadOnlyList<AnswerInWords> answers)
    {
        page.WriteLine("<article class=\"case text\">");
        CaseHeader.Write(page, sample, kind);
        page.Write("<div class=\"pictures\">");
        var images = sample.Sample.Images;
        for (var at = 0; at < Math.Min(images.Count, MostPictures); at++)
            page.Write(Html.Picture(Small(RgbImage.Load(images[at])), $"picture {at + 1} of the question"));
        if (images.Count > MostPictures)
            page.Write($"<p>and {images.Count - MostPictures} more</p>");
        page.WriteLine("</div><dl>");
        Row(page, "question", sample.Question, "");
        Row(page, "truth", sample.Truth, "truth");
        foreach (var answer in answers)
            Row(page, answers.Count == 1 ? "answer" : $"plugin {answer.Plugin}", answer.Text, answer.Score.Goodness >= 1 ? "right" : "wrong", Badge(answer));
        page.WriteLine("</dl></article>");
    }

    private static void Row(TextWriter page, string name, string text, string tone, string badge = "") =>
        page.WriteLine($"<dt>{name}{badge}</dt><dd class=\"{tone}\" dir=\"auto\">{(text.Length == 0 ? "<i>nothing</i>" : Html.Text(text))}</dd>");

    private static string Badge(AnswerInWords answer) => answer.Score.Closed
        ? answer.Score.Correct ? " <span class=\"badge good\">right</span>" : " <span class=\"badge bad\">wrong</span>"
        : $" <span class=\"badge\">F1 {Html.Number(answer.Score.TokenF1)}</span>";

    private static RgbImage Small(RgbImage image)
    {
        var factor = (double)LongestSide / Math.Max(image.Width, image.Height);
        return factor >= 1 ? image : Resampling.Resize(image, Side(image.Width * factor), Side(image.Height * factor), ResampleFilter.Lanczos);
    }

    private static int Side(double length) => Math.Max(1, (int)Math.Round(length));
}

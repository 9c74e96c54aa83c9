using System.Globalization;
using HealthGpt.Data.Samples.Statistics;
using SkiaSharp;

namespace HealthGpt.Cli.Pictures;

/// <summary>stats.png: for each task a row with its samples by split, the lengths of its answers and the sizes of its pictures.</summary>
internal static class DatasetChart
{
    private const int RowHeight = 220;
    private const int PanelWidth = 400;
    private const int Header = 56;
    private const float Margin = 24;

    private static readonly SKColor Bar = new(0x0B, 0x5C, 0xAD);

    public static void Write(string path, DatasetStatistics statistics, string title)
    {
        var tasks = statistics.Groups.GroupBy(group => group.Task).ToList();
        PngFile.Draw(path, 3 * PanelWidth, Header + (Math.Max(1, tasks.Count) * RowHeight), canvas =>
        {
            canvas.Write(title, Margin, 36, 20);
            for (var row = 0; row < tasks.Count; row++)
                Row(canvas, [.. tasks[row]], Header + (row * RowHeight));
        });
    }

    private static void Row(SKCanvas canvas, IReadOnlyList<SampleGroup> groups, float top)
    {
        Panel(canvas, $"{groups[0].Task}: samples", [.. groups.Select(group => (group.Split, group.Samples))], 0, top);
        Panel(canvas, "words of an answer", ByBits(groups.Select(group => group.AnswerWords)), 1, top);
        Panel(canvas, "width of a picture in pixels", ByBits(groups.Select(group => group.Widths)), 2, top);
    }

    private static (string Name, long Count)[] ByBits(IEnumerable<LengthHistogram> histograms)
    {
        var bins = histograms.Where(histogram => histogram.Count > 0).Select(histogram => histogram.ByBits()).ToList();
        var all = Enumerable.Range(0, bins.Select(bin => bin.Count).DefaultIfEmpty(0).Max()).Select(bit => (Name(bit), bins.Sum(bin => bit < bin.Count ? bin[bit] : 0)));
        return [.. all.SkipWhile(bin => bin.Item2 == 0)];
    }

    private static string Name(int bits) => (bits < 2 ? bits : 1L << (bits - 1)).ToString(CultureInfo.InvariantCulture) + (bits < 2 ? "" : "+");

    private static void Panel(SKCanvas canvas, string title, (string Name, long Count)[] bars, int column, float top)
    {
        var plot = SKRect.Create((column * PanelWidth) + Margin, top + 46, PanelWidth - (2 * Margin), RowHeight - 90);
        canvas.Write(Fitted(title, plot.Width, 14), plot.Left, top + 22, 14);
        if (bars.Length == 0)
        {
            canvas.Write("none", plot.Left, plot.MidY, 12);
            return;
        }

        using var paint = new SKPaint { Color = Bar, IsAntialias = true };
        var (width, most) = (Math.Min(72, plot.Width / bars.Length), bars.Max(bar => bar.Count));
        for (var at = 0; at < bars.Length; at++)
        {
            var (left, height) = (plot.Left + (at * width), plot.Height * bars[at].Count / Math.Max(1, most));
            canvas.DrawRect(left + 2, plot.Bottom - height, width - 4, height, paint);
            canvas.Write(bars[at].Name, left + (width / 2), plot.Bottom + 16, 11, align: SKTextAlign.Center);
            canvas.Write(Short(bars[at].Count), left + (width / 2), plot.Bottom - height - 5, 10, align: SKTextAlign.Center);
        }
    }

    // Long names of tasks begin alike: folders come first.
    private static string Fitted(string text, float width, float size)
    {
        using var font = EmbeddedFont.Of(size);
        var shown = text;
        for (var cut = 1; cut < text.Length && font.MeasureText(shown) > width; cut++)
            shown = $"…{text[cut..]}";
        return shown;
    }

    private static string Short(long count) => count switch
    {
        >= 10_000_000 => string.Create(CultureInfo.InvariantCulture, $"{count / 1e6:0}M"),
        >= 10_000 => string.Create(CultureInfo.InvariantCulture, $"{count / 1e3:0}k"),
        0 => "",
        _ => count.ToString(CultureInfo.InvariantCulture),
    };
}

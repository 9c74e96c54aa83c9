using SkiaSharp;

namespace HealthGpt.Cli.Pictures;

/// <summary>losses.png: one panel a phase, the losses as they were and their running mean.</summary>
internal static class LossCurves
{
    private const int Columns = 3;
    private const int PanelWidth = 420;
    private const int PanelHeight = 280;
    private const int Header = 56;
    private const float Left = 58;
    private const float Right = 16;
    private const float Top = 34;
    private const float Bottom = 40;

    private static readonly SKColor Faint = new(0xD9, 0xDE, 0xE5);
    private static readonly SKColor Raw = new(0x9D, 0xC3, 0xE6);
    private static readonly SKColor Mean = new(0x0B, 0x5C, 0xAD);
    private static readonly SKColor Accent = new(0xC2, 0x41, 0x0C);

    public static void Write(string path, IReadOnlyList<LossCurve> curves, string title)
    {
        var rows = (curves.Count + Columns - 1) / Columns;
        PngFile.Draw(path, Columns * PanelWidth, Header + (rows * PanelHeight), canvas =>
        {
            canvas.Write(title, 20, 36, 20);
            for (var i = 0; i < curves.Count; i++)
                Panel(canvas, curves[i], SKRect.Create(i % Columns * PanelWidth, Header + (i / Columns * PanelHeight), PanelWidth, PanelHeight));
        });
    }

    private static void Panel(SKCanvas canvas, LossCurve curve, SKRect panel)
    {
        var plot = new SKRect(panel.Left + Left, panel.Top + Top, panel.Right - Right, panel.Bottom - Bottom);
        var values = curve.Losses.Concat(curve.Reference is { } level ? [level] : Array.Empty<double>()).Where(double.IsFinite).DefaultIfEmpty(1).ToArray();
        var axis = ValueAxis.Over(values.Min(), values.Max());
        var (low, high) = (axis.Low, axis.High);
        canvas.Write(curve.Title, plot.Left, panel.Top + 22, 14);
        Axes(canvas, plot, axis, curve);
        if (curve.Reference is { } reference)
            Reference(canvas, plot, At(plot, 0, reference, 1, low, high).Y, curve.ReferenceName ?? "");
        Line(canvas, plot, curve.Losses, low, high, Raw, 1.2f);
        Line(canvas, plot, RunningMean(curve.Losses), low, high, Mean, 2.4f);
    }

    private static void Axes(SKCanvas canvas, SKRect plot, ValueAxis axis, LossCurve curve)
    {
        using var grid = Stroke(Faint, 1);
        foreach (var (value, label) in axis.Ticks)
        {
            var y = At(plot, 0, value, 1, axis.Low, axis.High).Y;
            canvas.DrawLine(plot.Left, y, plot.Right, y, grid);
            canvas.Write(label, plot.Left - 8, y + 4, 11, align: SKTextAlign.Right);
        }

        var last = curve.FirstStep + Math.Max(0, curve.Losses.Count - 1);
        canvas.Write($"step {curve.FirstStep}", plot.Left, plot.Bottom + 20, 11);
        canvas.Write($"step {last}", plot.Right, plot.Bottom + 20, 11, align: SKTextAlign.Right);
    }

    private static void Reference(SKCanvas canvas, SKRect plot, float y, string name)
    {
        using var paint = Stroke(Accent, 1.2f);
        paint.PathEffect = SKPathEffect.CreateDash([6, 4], 0);
        canvas.DrawLine(plot.Left, y, plot.Right, y, paint);
        canvas.Write(name, plot.Right - 4, y - 5, 11, Accent, align: SKTextAlign.Right);
    }

    private static void Line(SKCanvas canvas, SKRect plot, IReadOnlyList<double> values, double low, double high, SKColor colour, float width)
    {
        using var paint = Stroke(colour, width);
        for (var i = 1; i < values.Count; i++)
        {
            if (double.IsFinite(values[i - 1]) && double.IsFinite(values[i]))
                canvas.DrawLine(At(plot, i - 1, values[i - 1], values.Count, low, high), At(plot, i, values[i], values.Count, low, high), paint);
        }
    }

    private static List<double> RunningMean(IReadOnlyList<double> values)
    {
        var half = Math.Max(1, values.Count / 20);
        return [.. Enumerable.Range(0, values.Count).Select(i =>
        {
            var first = Math.Max(0, i - half);
            return values.Skip(first).Take(Math.Min(values.Count, i + half + 1) - first).Average();
        })];
    }

    private static SKPoint At(SKRect plot, int index, double value, int count, double low, double high) => new(
        plot.Left + (plot.Width * index / Math.Max(1, count - 1)),
        plot.Bottom - (plot.Height * (float)((value - low) / (high - low))));

    private static SKPaint Stroke(SKColor colour, float width) => new() { Color = colour, StrokeWidth = width, IsAntialias = true, Style = SKPaintStyle.Stroke, StrokeCap = SKStrokeCap.Round };
}

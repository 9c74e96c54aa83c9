using HealthGpt.Data.SampleSets;
using HealthGpt.Model.Devices;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Training.Foundation;

// Shapes: S side. Pictures are (1, S, S).

/// <summary>
/// Black bands of training pictures, and what can stand in their place. The bands lie where the plane decides, so that a part trained on them alone knows
/// a slice by its bands, and cannot read a held-out one, which has none.
/// </summary>
internal static class Bands
{
    private const int Thinnest = 4;
    private const int Widest = 14;

    /// <summary>A band anywhere.</summary>
    public static BlankBand Any(int side, System.Random random)
    {
        var count = random.Next(Thinnest, Widest + 1);
        return new BlankBand(random.Next(2) == 0, random.Next(side - count + 1), count);
    }

    /// <summary>Makes a band black.</summary>
    public static void Blank(Tensor picture, BlankBand band) => Lines(picture, band).zero_();

    /// <summary>Draws straight lines over a band from edge to edge; beyond the picture is black.</summary>
    public static void Bridge(Tensor picture, BlankBand band)
    {
        var lines = Lines(picture, band);
        var black = zeros_like(Line(picture, band, band.First));
        var before = band.First > 0 ? Line(picture, band, band.First - 1) : black;
        var after = band.First + band.Count < Side(picture) ? Line(picture, band, band.First + band.Count) : black;
        var way = Enumerable.Range(1, band.Count).Select(line => line / (band.Count + 1f)).ToArray();
        lines.copy_(before.Plus(after.Minus(before) * tensor(way).view(band.Columns ? [1, 1, -1] : [1, -1, 1])));
    }

    /// <summary>Covers a band with what lies on its two sides, mirrored at its edges; where a side ends, its last line goes on. The band is narrower than the picture.</summary>
    public static void Mirror(Tensor picture, BlankBand band)
    {
        var (first, next) = (band.First, band.First + band.Count);
        var (before, after) = (first, Side(picture) - next);
        for (var line = first; line < next; line++)
        {
            var fromLeft = line - first;
            var fromRight = next - 1 - line;
            var left = before > 0 && (after == 0 || fromLeft < fromRight);
            Line(picture, band, line).copy_(Line(picture, band, left ? first - 1 - Math.Min(fromLeft, before - 1) : next + Math.Min(fromRight, after - 1)));
        }
    }

    private static int Side(Tensor picture) => (int)picture.shape[1];

    private static Tensor Line(Tensor picture, BlankBand band, int line) => picture.narrow(band.Columns ? 2 : 1, line, 1);

    private static Tensor Lines(Tensor picture, BlankBand band) => picture.narrow(band.Columns ? 2 : 1, band.First, band.Count);
}

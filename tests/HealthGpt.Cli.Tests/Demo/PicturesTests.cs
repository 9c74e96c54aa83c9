using HealthGpt.Cli.Demo.Pictures;
using HealthGpt.Cli.Demo.Results;
using HealthGpt.Cli.Pictures;
using HealthGpt.Data.Images;

namespace HealthGpt.Cli.Tests.Demo;

public sealed class PicturesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void LossCurves_HaveAPanelAPhase_AndLettersWithoutSystemFonts()
    {
        LossCurve[] curves = [new("alignment: generation", 1, [6, 5, double.NaN, 3], 6.2, "blind guess"), new("instruction: vqa", 5, [2]), new("none", 0, []), new("flat", 1, [1, 1])];

        LossCurves.Write(_folder["losses.png"], curves, "Loss");

        var picture = RgbImage.Load(_folder["losses.png"]);
        Assert.Equal((1260, 616), (picture.Width, picture.Height));
        Assert.True(HasInk(picture, x: 20, y: 16, width: 60, height: 24), "the title is not drawn");
    }

    [Fact]
    public void ComparisonSheet_HasARowADrawnImage()
    {
        var grey = RgbImage.FromGrey(128, 128, Enumerable.Repeat((byte)90, 128 * 128).ToArray());
        var likeness = new Likeness(20, 0.5);
        var image = new DrawnImage
        {
            Task = "super-resolution",
            Input = "in.png",
            Truth = "truth.png",
            Drawn = likeness,
            OfInput = likeness,
            TokenizerCeiling = likeness,
            OfAnotherSlice = likeness,
            Seconds = 1,
        };
        var row = new DrawnPictures(image, grey, grey, grey, grey);

        ComparisonSheet.Write(_folder["comparison.png"], [row, row]);

        var picture = RgbImage.Load(_folder["comparison.png"]);
        Assert.Equal((1124, 748), (picture.Width, picture.Height));
        Assert.Equal(90, picture.Pixels[3 * ((200 * picture.Width) + 100)]);
    }

    private static bool HasInk(RgbImage picture, int x, int y, int width, int height) => Enumerable.Range(y, height).Any(row =>
        Enumerable.Range(x, width).Any(column => picture.Pixels[3 * ((row * picture.Width) + column)] < 128));
}

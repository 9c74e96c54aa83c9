using HealthGpt.Data.Images;
using HealthGpt.Data.SampleSets;
using HealthGpt.Data.Volumes;

namespace HealthGpt.Data.Tests.SampleSets;

public sealed class TrainingSliceTests
{
    [Fact]
    public void Bands_OfEveryTrainingSlice_AreBlackInItsPicture()
    {
        var slices = TrainingSlice.Load(SampleFolder.Colin27).ToList();

        Assert.All(slices, slice =>
        {
            var image = RgbImage.Load(Path.Combine(SampleFolder.Colin27, "images", slice.Image));
            Assert.Equal(2, slice.Blanked.Count);
            Assert.All(slice.Blanked, band => Assert.Equal(0, Brightest(image, band)));
        });
        // Where the head is wide on both sides of a band, the lines beside it are not black.
        var middle = slices.First(slice => slice.Content is { Plane: SlicePlane.Axial, Skull: true, Position: 0 });
        var whole = RgbImage.Load(Path.Combine(SampleFolder.Colin27, "images", middle.Image));
        Assert.All(middle.Blanked, band => Assert.True(Brightest(whole, band with { First = band.First - 2, Count = band.Count + 4 }) > 50, $"{band}"));
    }

    private static int Brightest(RgbImage image, BlankBand band) =>
        (from line in Enumerable.Range(band.First, band.Count)
         from place in Enumerable.Range(0, image.Width)
         let pixel = band.Columns ? (place * image.Width) + line : (line * image.Width) + place
         select (int)image.Pixels[3 * pixel]).Max();
}

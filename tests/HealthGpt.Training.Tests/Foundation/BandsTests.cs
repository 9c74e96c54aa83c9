using HealthGpt.Data.SampleSets;
using HealthGpt.Training.Foundation;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Training.Tests.Foundation;

public sealed class BandsTests
{
    private const int Side = 8;

    [Fact]
    public void Covered_bands_hold_nothing_of_what_was_in_them_and_leave_the_rest_alone()
    {
        using var scope = NewDisposeScope();
        var picture = rand([1, Side, Side], ScalarType.Float32, generator: new Generator(1));
        Action<Tensor, BlankBand>[] covers = [Bands.Blank, Bands.Bridge, Bands.Mirror];
        foreach (var columns in new[] { false, true })
        {
            for (var first = 0; first < Side; first++)
            {
                for (var count = 1; count <= Math.Min(5, Side - first); count++)
                {
                    var band = new BlankBand(columns, first, count);
                    var (light, dark) = (picture.clone(), picture.clone());
                    light.narrow(columns ? 2 : 1, first, count).fill_(1);
                    dark.narrow(columns ? 2 : 1, first, count).zero_();
                    foreach (var cover in covers)
                    {
                        var (one, other) = (light.clone(), dark.clone());
                        cover(one, band);
                        cover(other, band);
                        Assert.True(Same(one, other), $"{cover.Method.Name} of {band} depends on what it covers");
                        Assert.True(Same(Outside(one, band), Outside(picture, band)), $"{cover.Method.Name} of {band} changed the picture beside it");
                    }
                }
            }
        }
    }

    [Fact]
    public void Bridge_draws_a_straight_line_and_mirror_repeats_both_sides()
    {
        using var scope = NewDisposeScope();
        var ramp = arange(Side, ScalarType.Float32).view(1, Side, 1).expand(1, Side, Side);
        var band = new BlankBand(false, 3, 2);
        var (bridged, mirrored) = (ramp.clone(), ramp.clone());
        Bands.Blank(bridged, band);
        Bands.Bridge(bridged, band);
        Bands.Mirror(mirrored, band);

        Assert.True(bridged.allclose(ramp));
        Assert.Equal([0, 1, 2, 2, 5, 5, 6, 7], mirrored[0].select(1, 0).data<float>().ToArray());
    }

    private static bool Same(Tensor one, Tensor other) => one.bytes.SequenceEqual(other.bytes);

    private static Tensor Outside(Tensor picture, BlankBand band)
    {
        var outside = picture.clone();
        Bands.Blank(outside, band);
        return outside;
    }
}

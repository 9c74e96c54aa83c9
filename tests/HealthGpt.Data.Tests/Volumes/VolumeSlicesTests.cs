using HealthGpt.Data.Images;
using HealthGpt.Data.Volumes;

namespace HealthGpt.Data.Tests.Volumes;

public sealed class VolumeSlicesTests
{
    // Axes as stored: to the front, down, to the left; 4 x 3 x 2 voxels of 1, 2 and 3 mm. A voxel's value is 100 x + 10 y + z of its place in millimetres.
    private static readonly double[] Rows = [0, 0, -3, 5, 1, 0, 0, -2, 0, -2, 0, 8];

    private static readonly NiftiVolume Volume = NiftiVolume.Parse(new NiftiFile { Rows = Rows, Voxels = [.. Places()] }.ToBytes(), "made");

    [Fact]
    public void Slices_ShowTheRightOnTheLeftAndTheFrontAndHeadOnTop()
    {
        var axial = Volume.Slices(SlicePlane.Axial)[0];
        Assert.Equal((2, 4, 3.0, 1.0, 4.0), (axial.Width, axial.Height, axial.PixelWidth, axial.PixelHeight, axial.Millimetres));
        Assert.Equal([ValueAt(5, 1, 4), ValueAt(2, 1, 4), ValueAt(5, 0, 4), ValueAt(2, 0, 4)], axial.Values[..4].ToArray());
        var coronal = Volume.Slices(SlicePlane.Coronal)[3];
        Assert.Equal((2, 3, 3.0, 2.0, 1.0), (coronal.Width, coronal.Height, coronal.PixelWidth, coronal.PixelHeight, coronal.Millimetres));
        Assert.Equal([ValueAt(5, 1, 8), ValueAt(2, 1, 8), ValueAt(5, 1, 6), ValueAt(2, 1, 6)], coronal.Values[..4].ToArray());
        var sagittal = Volume.Slices(SlicePlane.Sagittal)[1];
        Assert.Equal((4, 3, 1.0, 2.0, 5.0), (sagittal.Width, sagittal.Height, sagittal.PixelWidth, sagittal.PixelHeight, sagittal.Millimetres));
        Assert.Equal([ValueAt(5, 1, 8), ValueAt(5, 0, 8), ValueAt(5, -1, 8), ValueAt(5, -2, 8), ValueAt(5, 1, 6)], sagittal.Values[..5].ToArray());
    }

    [Theory]
    [InlineData(SlicePlane.Axial, 4, 0)]
    [InlineData(SlicePlane.Axial, 6.9, 1)]
    [InlineData(SlicePlane.Axial, 8.9, 2)]
    [InlineData(SlicePlane.Coronal, -2.4, 0)]
    [InlineData(SlicePlane.Coronal, 0.2, 2)]
    [InlineData(SlicePlane.Sagittal, 3.4, 0)]
    [InlineData(SlicePlane.Sagittal, 6.4, 1)]
    public void At_FindsTheNearestSlice(SlicePlane plane, double millimetres, int index)
    {
        var slices = Volume.Slices(plane);
        Assert.Equal(index, slices.At(millimetres).Index);
        Assert.Equal(slices[index].Values.ToArray(), slices.At(millimetres).Values.ToArray());
    }

    [Theory]
    [InlineData(2.9)]
    [InlineData(9.1)]
    [InlineData(double.NaN)]
    public void At_RefusesWhatLiesOutside(double millimetres)
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => Volume.Slices(SlicePlane.Axial).At(millimetres));
        Assert.Contains("'made' has slices of this plane from 4 to 8 mm", error.Message, StringComparison.Ordinal);
        Assert.Contains("3 slices", Assert.Throws<ArgumentOutOfRangeException>(() => Volume.Slices(SlicePlane.Axial)[3]).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void At_TakesTheMiddleOfATiltedSlice()
    {
        // Turned by 30 degrees about x: z rises with y, so the middle of slice 0 lies half the depth higher than its hindmost voxel.
        double cos = Math.Cos(Math.PI / 6), sin = 0.5;
        var file = new NiftiFile { Shape = [1, 5, 3], Voxels = [.. Enumerable.Range(0, 15).Select(i => (double)i)], Rows = [1, 0, 0, 0, 0, cos, -sin, 0, 0, sin, cos, 0] };
        var slices = NiftiVolume.Parse(file.ToBytes(), "tilted").Slices(SlicePlane.Axial);
        Assert.Equal(2 * sin, slices[0].Millimetres, 1e-6);
        Assert.Equal(1, slices.At((2 * sin) + cos).Index);
    }

    [Fact]
    public void Render_WindowsAndRefusesWhatIsNoNumber()
    {
        var volume = NiftiVolume.Parse(new NiftiFile { Shape = [5, 1, 1], Voxels = [-1, 0, 50, 100, 101] }.ToBytes(), "made");
        var slice = volume.Slices(SlicePlane.Axial)[0];
        Assert.Equal([255, 255, 128, 0, 0], slice.Render(new IntensityWindow(0, 100)).Pixels.Where((_, i) => i % 3 == 0));
        var broken = NiftiVolume.Parse(new NiftiFile { Shape = [3, 1, 1], Voxels = [7, double.NaN, 9] }.ToBytes(), "broken").Slices(SlicePlane.Axial)[0];
        var error = Assert.Throws<NiftiFormatException>(() => broken.Render());
        Assert.Contains("'broken': axial slice 0 has a voxel that is no number at column 1, row 0", error.Message, StringComparison.Ordinal);
        Assert.Equal([255, 33, 0], broken.Render(notANumber: 33).Pixels.Where((_, i) => i % 3 == 0));
    }

    private static IEnumerable<double> Places()
    {
        for (var k = 0; k < 2; k++)
        {
            for (var j = 0; j < 3; j++)
            {
                for (var i = 0; i < 4; i++)
                    yield return ValueAt(5 - (3 * k), i - 2, 8 - (2 * j));
            }
        }
    }

    private static float ValueAt(int x, int y, int z) => (100 * x) + (10 * y) + z;
}

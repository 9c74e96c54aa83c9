using System.Globalization;
using HealthGpt.Cli.Pictures;

namespace HealthGpt.Cli.Tests.Pictures;

public sealed class ValueAxisTests
{
    [Theory]
    [InlineData(0.004, 0.05, "0.00 0.01 0.02 0.03 0.04 0.05")]
    [InlineData(0, 1, "0.0 0.2 0.4 0.6 0.8 1.0")]
    [InlineData(0.2, 11.3, "0 5 10 15")]
    [InlineData(2.31, 2.34, "2.31 2.32 2.33 2.34")]
    [InlineData(1, 1, "1.000 1.001")]
    [InlineData(0, 0, "0.000 0.001")]
    [InlineData(-0.3, 0.3, "-0.4 -0.2 0.0 0.2 0.4")]
    [InlineData(3e-7, 9e-7, "2e-7 4e-7 6e-7 8e-7 1e-6")]
    [InlineData(1e300, 2e300, "1e300 1.2e300 1.4e300 1.6e300 1.8e300 2e300")]
    public void Ticks_AreEquallyFarApart_AtRoundNumbers_AndNoneIsMinusZero(double least, double most, string labels)
    {
        var axis = ValueAxis.Over(least, most);

        Assert.Equal(labels, string.Join(' ', axis.Ticks.Select(tick => tick.Label)));
        Assert.True(axis.Low <= least && axis.High >= most * (1 - 1e-12));
        var written = axis.Ticks.Select(tick => double.Parse(tick.Label, CultureInfo.InvariantCulture)).ToList();
        var step = (axis.High - axis.Low) / (written.Count - 1);
        Assert.All(written.Zip(written.Skip(1)), pair => Assert.Equal(1, (pair.Second - pair.First) / step, 9));
    }

    [Fact]
    public void EveryRange_HasAFewTicks_WhoseLabelsTellThemApart_AndFitBesideThePlot()
    {
        var random = new Random(7);
        for (var round = 0; round < 10_000; round++)
        {
            var least = Math.Pow(10, (random.NextDouble() * 14) - 7);
            var axis = ValueAxis.Over(least, least * (1 + Math.Pow(10, (random.NextDouble() * 6) - 3)));

            var labels = axis.Ticks.Select(tick => tick.Label).ToList();
            Assert.InRange(labels.Count, 2, 6);
            Assert.Equal(labels.Count, labels.Distinct().Count());
            Assert.All(labels, label => Assert.InRange(label.Length, 1, 9));
        }
    }
}

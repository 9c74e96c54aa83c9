using HealthGpt.Data.Samples;

namespace HealthGpt.Data.Tests.Samples;

public sealed class SampleOrderTests
{
    [Fact]
    public void IndexAt_DrawsEverySampleOnceAnEpoch()
    {
        var counts = Enumerable.Range(1, 70).Concat([255, 256, 257, 1000, 4096, 4097]);
        foreach (var count in counts)
        {
            var order = new SampleOrder(3, "vqa", count);
            for (var epoch = 0L; epoch < 3; epoch++)
                Assert.Equal(Enumerable.Range(0, count), Draw(order, epoch * count, count).Order());
        }
    }

    [Fact]
    public void IndexAt_DependsOnSeedStreamAndEpoch()
    {
        var draws = Draw(new SampleOrder(1, "a", 500), 0, 500);
        Assert.Equal(draws, Draw(new SampleOrder(1, "a", 500), 0, 500));
        foreach (var other in new[] { Draw(new(2, "a", 500), 0, 500), Draw(new(1, "b", 500), 0, 500), Draw(new(1, "a", 500), 500, 500) })
            Assert.InRange(draws.Zip(other).Count(pair => pair.First == pair.Second), 0, 10);
    }

    [Fact]
    public void IndexAt_SpreadsEverySampleOverThePositions()
    {
        // Over many epochs each of 10 samples should come first about equally often; 5 standard deviations of 400 +- 19.
        var firsts = new int[10];
        for (var epoch = 0L; epoch < 4000; epoch++)
            firsts[new SampleOrder(11, "s", 10).IndexAt(epoch * 10)]++;
        Assert.All(firsts, count => Assert.InRange(count, 305, 495));
    }

    [Fact]
    public void IndexAt_HoldsFarOutAndNeverChangesBetweenVersions()
    {
        Assert.InRange(new SampleOrder(1, "s", int.MaxValue).IndexAt(long.MaxValue), 0, int.MaxValue - 1);
        Assert.Equal([3, 7, 5, 1, 0, 2, 4, 6], Draw(new SampleOrder(1, "train", 8), 0, 8));
    }

    private static List<int> Draw(SampleOrder order, long from, int count) =>
        [.. Enumerable.Range(0, count).Select(i => order.IndexAt(from + i))];
}

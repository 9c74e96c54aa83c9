using HealthGpt.Data.Metrics;

namespace HealthGpt.Data.Tests.Metrics;

public sealed class BootstrapTests
{
    [Fact]
    public void OfMean_ComesNearTheBinomialQuantiles()
    {
        // 30 right answers of 100: the resampled count is binomial, whose 2.5 % and 97.5 % quantiles are 21 and 39.
        double[] values = [.. Enumerable.Repeat(1.0, 30), .. Enumerable.Repeat(0.0, 70)];
        var interval = new Bootstrap { Resamples = 20000 }.OfMean(values);
        Assert.Equal(0.3, interval.Estimate, 1e-12);
        Assert.Equal(0.21, interval.Low, 0.0101);
        Assert.Equal(0.39, interval.High, 0.0101);
    }

    [Fact]
    public void OfMean_CoversTheTruthAsOftenAsItSays()
    {
        // 400 draws of 50 values of a uniform distribution: 95 % +- 3 standard deviations of 1.1, a little less for the small samples.
        var random = new Random(20283);
        var covered = Enumerable.Range(0, 400).Count(_ =>
        {
            var interval = new Bootstrap { Resamples = 500 }.OfMean([.. Enumerable.Range(0, 50).Select(_ => random.NextDouble())]);
            return interval.Low <= 0.5 && interval.High >= 0.5;
        });
        Assert.InRange(covered, 364, 396);
    }

    [Fact]
    public void Intervals_AreAFunctionOfSeedAndSamples()
    {
        double[] values = [.. Enumerable.Range(0, 40).Select(i => Math.Sin(i * i))];
        var interval = new Bootstrap { Seed = 5 }.OfMean(values);
        Assert.Equal(interval, new Bootstrap { Seed = 5 }.OfMean(values));
        Assert.NotEqual(interval, new Bootstrap { Seed = 6 }.OfMean(values));
        var wide = new Bootstrap { Seed = 5, Confidence = 0.99 }.OfMean(values);
        Assert.True(wide.Low < interval.Low && wide.High > interval.High);
    }

    [Fact]
    public void Clusters_AreDrawnWhole()
    {
        // 30 pictures with 10 equal questions each are worth 30 samples, not 300.
        double[] pictures = [.. Enumerable.Range(0, 30).Select(i => Math.Sin(i * i))];
        double[] questions = [.. pictures.SelectMany(value => Enumerable.Repeat(value, 10))];
        var clustered = new Bootstrap { Clusters = [.. Enumerable.Range(0, 300).Select(i => i / 10)] }.OfMean(questions);
        var (ofPictures, independent) = (new Bootstrap().OfMean(pictures), new Bootstrap().OfMean(questions));
        Assert.Equal((ofPictures.Low, ofPictures.High), (clustered.Low, clustered.High), (a, b) => Math.Abs(a.Low - b.Low) + Math.Abs(a.High - b.High) < 1e-9);
        Assert.True(independent.High - independent.Low < 0.5 * (clustered.High - clustered.Low));
        Assert.Equal(ofPictures, new Bootstrap { Clusters = [.. Enumerable.Range(0, 30)] }.OfMean(pictures));
    }

    [Fact]
    public void OneCluster_HasNoInterval()
    {
        double[] slices = [0.1, 0.5, 0.3];
        var ofOnePatient = new Bootstrap { Clusters = [4, 4, 4] }.OfMean(slices);
        Assert.Equal((0.3, double.NaN, double.NaN), (ofOnePatient.Estimate, ofOnePatient.Low, ofOnePatient.High), (a, b) => Math.Abs(a.Item1 - b.Item1) < 1e-12 && (a.Item2, a.Item3).Equals((b.Item2, b.Item3)));
        var difference = new Bootstrap { Clusters = [4, 4, 4] }.OfDifference(slices, [0, 0, 0]);
        Assert.False(difference.ExcludesZero, "one patient shows no difference between plugins");
        Assert.Equal(double.NaN, new Bootstrap().OfMean([7]).Low);
    }

    [Fact]
    public void OfDifference_IsPaired()
    {
        var random = new Random(20284);
        double[] second = [.. Enumerable.Range(0, 60).Select(_ => 10 * random.NextDouble())];
        double[] first = [.. second.Select(value => value + 0.5 + (0.2 * random.NextDouble()))];
        var difference = new Bootstrap().OfDifference(first, second);
        Assert.True(difference.ExcludesZero);
        Assert.InRange(difference.High - difference.Low, 0, 0.1);
        var (alone, other) = (new Bootstrap().OfMean(first), new Bootstrap().OfMean(second));
        Assert.True(alone.Low < other.High, "the two intervals overlap although one is always better");
        Assert.False(new Bootstrap().OfDifference(first, first).ExcludesZero);
        var same = new Bootstrap().OfDifference(60, samples => samples.Average(i => first[i]), samples => samples.Average(i => second[i]));
        Assert.Equal(difference.Low, same.Low, 1e-9);
        Assert.Equal(difference.High, same.High, 1e-9);
    }

    [Fact]
    public void Of_TakesFiguresOfTheWholeCorpus()
    {
        string[] texts = ["the liver is of normal size", "no stones are seen in the kidney", "the spleen is small", "a large cyst of the left kidney"];
        string[] truths = ["the liver is of normal size", "no stones are seen in either kidney", "the spleen is enlarged", "large cyst of the left kidney"];
        var counts = texts.Zip(truths, (text, truth) => BleuCounts.Of(text, truth)).ToList();
        var interval = new Bootstrap().Of(counts.Count, samples => BleuCounts.Sum(samples.Select(i => counts[i])).Score());
        Assert.Equal(BleuCounts.Sum(counts).Score(), interval.Estimate, 1e-12);
        Assert.True(interval.Low < interval.Estimate && interval.Estimate < interval.High);
    }

    [Fact]
    public void Bootstrap_RefusesWhatHasNoInterval()
    {
        Assert.Contains("no samples", Assert.Throws<ArgumentException>(() => new Bootstrap().OfMean([])).Message, StringComparison.Ordinal);
        Assert.Contains("sample 1 has", Assert.Throws<ArgumentException>(() => new Bootstrap().OfMean([1, double.PositiveInfinity])).Message, StringComparison.Ordinal);
        Assert.Contains("not 1 with 2", Assert.Throws<ArgumentException>(() => new Bootstrap().OfDifference([1], [1, 2])).Message, StringComparison.Ordinal);
        Assert.Contains("confidence is 1", Assert.Throws<InvalidOperationException>(() => new Bootstrap { Confidence = 1 }.OfMean([1])).Message, StringComparison.Ordinal);
    }
}

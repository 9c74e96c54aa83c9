using HealthGpt.Data.Samples;

namespace HealthGpt.Data.Tests.Samples;

public sealed class SampleMixtureTests
{
    private static readonly MixturePart[] Parts = [new("vqa", 50, 3), new("report", 7, 1), new("super-resolution", 200, 2.5), new("reconstruction", 1, 0.1), new("ct-to-mri", 33, 0.7)];

    [Fact]
    public void At_DrawsEverySampleOfAPartOnceAnEpoch()
    {
        var mixture = new SampleMixture(3, "set", Parts);
        var draws = Draw(mixture, 0, 5000);
        for (var part = 0; part < Parts.Length; part++)
        {
            var own = draws.Where(draw => draw.Part == part).ToList();
            foreach (var (epoch, indices) in own.Chunk(Parts[part].Count).Index())
            {
                Assert.All(indices, draw => Assert.Equal(epoch, draw.Epoch));
                if (indices.Length == Parts[part].Count)
                    Assert.Equal(Enumerable.Range(0, Parts[part].Count), indices.Select(draw => draw.Index).Order());
                else
                    Assert.Equal(indices.Length, indices.Distinct().Count());
            }
        }

        Assert.True(draws.Count(draw => draw.Part == 0) > 40 * 50, "the epochs of the first part were to be many");
    }

    [Fact]
    public void At_KeepsToTheWeightsAtEveryLengthAndPlace()
    {
        var random = new Random(20285);
        for (var round = 0; round < 40; round++)
        {
            MixturePart[] parts = [.. Enumerable.Range(0, random.Next(1, 12)).Select(i => new MixturePart($"{i}", random.Next(1, 1000), Math.Exp(6 * random.NextDouble())))];
            var mixture = new SampleMixture((ulong)round, "set", parts);
            var total = parts.Sum(part => part.Weight);
            var start = round % 2 == 0 ? 0 : random.NextInt64(long.MaxValue / 2);
            var counts = new int[parts.Length];
            for (var n = 1; n <= 3000; n++)
            {
                counts[mixture.At(start + n - 1).Part]++;
                if (n % 97 != 0)
                    continue;
                for (var part = 0; part < parts.Length; part++)
                    Assert.InRange(counts[part] - (n * parts[part].Weight / total), -5, 5);
            }
        }
    }

    [Fact]
    public void At_IsAFunctionOfSeedDatasetAndPlace()
    {
        var draws = Draw(new SampleMixture(1, "set", Parts), 0, 1000);
        var again = new SampleMixture(1, "set", Parts);
        foreach (var n in Enumerable.Range(0, 1000).OrderBy(n => (n * 7919) % 1000))
            Assert.Equal(draws[n], again.At(n));
        foreach (var other in new[] { new SampleMixture(2, "set", Parts), new SampleMixture(1, "other", Parts) })
            Assert.InRange(Draw(other, 0, 1000).Zip(draws).Count(pair => pair.First.Index == pair.Second.Index), 0, 200);
    }

    [Fact]
    public void At_SeeksAnywhere()
    {
        var mixture = new SampleMixture(1, "set", Parts);
        foreach (var n in new[] { 1_000_000_007L, 1L << 40, long.MaxValue })
        {
            var draw = mixture.At(n);
            Assert.InRange(draw.Index, 0, Parts[draw.Part].Count - 1);
        }

        // Places follow each other far out as they do at the start.
        foreach (var draws in Draw(mixture, 1L << 50, 2000).GroupBy(draw => (draw.Part, draw.Epoch)))
            Assert.Equal(draws.Count(), draws.Select(draw => draw.Index).Distinct().Count());
    }

    [Fact]
    public void PlacesOf_GiveTheSameStepToAnyNumberOfWorkers()
    {
        var mixture = new SampleMixture(9, "set", Parts);
        foreach (var batch in new[] { 1, 6, 32, 37 })
        {
            foreach (var worldSize in new[] { 1, 2, 3, 4, 7, 40 })
            {
                for (var step = 0L; step < 5; step++)
                {
                    var drawn = new List<MixtureDraw>();
                    for (var rank = 0; rank < worldSize; rank++)
                    {
                        var (first, end) = SampleMixture.PlacesOf(step, batch, rank, worldSize);
                        drawn.AddRange(Draw(mixture, first, (int)(end - first)));
                        Assert.InRange(end - first, batch / worldSize, (batch + worldSize - 1) / worldSize);
                    }

                    Assert.Equal(Draw(mixture, step * batch, batch), drawn);
                }
            }
        }
    }

    [Fact]
    public void At_NeverChangesBetweenVersions()
    {
        var mixture = new SampleMixture(7, "set", [new("a", 4, 1), new("b", 3, 2), new("c", 2, 1)]);
        Assert.Equal("1.1 0.1 2.0 1.2 1.0 0.0 2.1 1.0 1.2 0.2 2.0 1.1 1.1 0.3 2.1 1.2", string.Join(' ', Draw(mixture, 0, 16).Select(draw => $"{draw.Part}.{draw.Index}")));
    }

    [Fact]
    public void Mixture_RefusesPartsItCannotMix()
    {
        Refuses("no parts to mix");
        Refuses("part 'a' has 0 samples", new MixturePart("a", 0, 1));
        Refuses("weight of part 'a' is 0", new MixturePart("a", 1, 0));
        Refuses("weight of part 'a' is NaN", new MixturePart("a", 1, double.NaN));
        Refuses("two parts are called 'a'", new MixturePart("a", 1, 1), new MixturePart("a", 2, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => SampleMixture.PlacesOf(0, 4, 2, 2));
        // A share too small for any whole number is drawn now and then, not never and not always.
        var lopsided = new SampleMixture(1, "set", [new("most", 5, double.MaxValue), new("least", 5, double.Epsilon)]);
        Assert.All(Draw(lopsided, 0, 1000), draw => Assert.Equal(0, draw.Part));
    }

    private static void Refuses(string reason, params MixturePart[] parts) =>
        Assert.Contains(reason, Assert.Throws<ArgumentException>(() => new SampleMixture(1, "set", parts)).Message, StringComparison.Ordinal);

    private static List<MixtureDraw> Draw(SampleMixture mixture, long from, int count) => [.. Enumerable.Range(0, count).Select(i => mixture.At(from + i))];
}

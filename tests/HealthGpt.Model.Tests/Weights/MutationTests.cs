using HealthGpt.Soak.Weights;

namespace HealthGpt.Model.Tests.Weights;

public sealed class MutationTests
{
    private const int Seed = 11;
    private const int Files = 5000;

    [Fact]
    public void Nothing_but_a_refusal_comes_out_of_5000_mutated_files()
    {
        using var files = new TemporaryFiles();
        var soak = new WeightSoak(SeedFiles.Make(), Seed);
        soak.Run(files.Folder, Files, TestContext.Current.CancellationToken);
        TestContext.Current.SendDiagnosticMessage($"seed {Seed}: {soak.Refused} refused, {soak.Read} read");

        Assert.True(soak.Faults.Count == 0, string.Join(Environment.NewLine, soak.Faults.Take(5)));
        Assert.Equal(Files, soak.Refused + soak.Read);
        // The mutations reach deep and leave some files whole: neither all nor none may be refused.
        Assert.InRange(soak.Read, Files / 50, Files / 2);
        Assert.True(soak.Reasons.Count > 60, $"only {soak.Reasons.Count} reasons");
    }

    [Fact]
    public void The_same_seed_makes_the_same_files()
    {
        var one = new WeightSoak(SeedFiles.Make(), Seed);
        var two = new WeightSoak(SeedFiles.Make(), Seed);
        for (var number = 0; number < 50; number++) Assert.Equal(one.Make(number), two.Make(number));
    }
}

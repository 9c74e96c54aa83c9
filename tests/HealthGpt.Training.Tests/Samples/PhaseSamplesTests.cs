using HealthGpt.Data.Samples;
using HealthGpt.Training.Samples;
using HealthGpt.Training.Tests.Phases;
using Xunit;

namespace HealthGpt.Training.Tests.Samples;

public sealed class PhaseSamplesTests : IDisposable
{
    private const int Pictures = 6;
    private readonly TinyWorld _world = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public void Draws_a_sample_as_often_as_its_source_weighs_and_none_again_before_all_of_its_part()
    {
        Weigh("vqa", "1.5");
        using var setup = new PhaseSetup(_world, Stop);
        var phase = setup.Job.Phases[0] with { Batch = 5, Tasks = ["vqa", "report"] };
        var samples = setup.SamplesOf(phase);

        // 6 samples of weight 1.5 and 6 of weight 1: three fifths are vqa.
        var drawn = Enumerable.Range(0, 36).SelectMany(samples.OfStep).ToList();

        Assert.Equal((108, 72), (drawn.Count(sample => sample.Task.Name == "vqa"), drawn.Count(sample => sample.Task.Name == "report")));
        foreach (var task in drawn.GroupBy(sample => sample.Task.Name))
            Assert.All(task.Chunk(Pictures), epoch => Assert.Equal(Enumerable.Range(0, epoch.Length), epoch.Select(sample => sample.Index).Order()));
    }

    [Fact]
    public void Where_nothing_is_weighted_the_order_is_one_permutation_of_all_samples_of_a_kind()
    {
        using var setup = new PhaseSetup(_world, Stop);
        var phase = setup.Job.Phases[2];
        var samples = setup.SamplesOf(phase);
        var order = new SampleOrder(setup.Job.Seed, "adaptation/mixed/comprehension", 2 * Pictures);

        var drawn = Enumerable.Range(0, 10).SelectMany(samples.OfStep).Where(sample => !sample.Generation).ToList();

        string[] tasks = ["report", "vqa"];
        Assert.Equal(
            Enumerable.Range(0, drawn.Count).Select(n => order.IndexAt(n)).Select(at => (tasks[at / Pictures], at % Pictures)), drawn.Select(sample => (sample.Task.Name, sample.Index)));
    }

    public void Dispose() => _world.Dispose();

    private void Weigh(string task, string weight)
    {
        var path = Path.Combine(_world.Root, "dataset.yaml");
        File.WriteAllText(path, File.ReadAllText(path).Replace($"task: {task},", $"task: {task}, weight: {weight},", StringComparison.Ordinal));
    }
}

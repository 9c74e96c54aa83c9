using HealthGpt.Training.Features;
using HealthGpt.Training.Phases;
using HealthGpt.Training.Pipeline;
using HealthGpt.Training.Replicas;
using HealthGpt.Training.Samples;
using HealthGpt.Training.Tests.Phases;
using Xunit;

namespace HealthGpt.Training.Tests.Pipeline;

public sealed class BatchPipelineTests : IDisposable
{
    private const int Steps = 6;
    private readonly TinyWorld _world = new();
    private readonly PhaseSetup _setup;

    public BatchPipelineTests() => _setup = new PhaseSetup(_world, Stop);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private PhaseSamples Mixed => _setup.SamplesOf(_setup.Job.Phases[2]);

    [Theory]
    [InlineData(0, 1L << 40)]
    [InlineData(1, 1L << 40)]
    [InlineData(3, 1L << 40)]
    [InlineData(3, 1)]
    [InlineData(3, 150_000)]
    public void Gives_the_same_micro_batches_in_order_and_keeps_to_its_bytes(int threads, long bytes)
    {
        var plans = Plans().ToList();
        var largest = plans.Max(plan => _setup.Loader.MostBytesOf(plan.Samples));
        using var pipeline = Pipeline(threads, bytes);

        foreach (var plan in plans)
        {
            var batch = pipeline.Take(plan.Step, plan.Shard, Stop);

            Assert.Equal(plan.Samples.Select(sample => sample.Read().Prompt), batch.Samples.Select(sample => sample.Prompt));
            foreach (var input in batch.Pictures.Concat(batch.Answers).Where(input => input.Pixels is not null))
                Assert.Equal(_setup.Loader.LoadLate(input).Pixels, input.Pixels);
            Assert.True(batch.Bytes <= _setup.Loader.MostBytesOf(plan.Samples));
        }

        Assert.InRange(pipeline.MostHeld, 1, Math.Max(bytes, largest));
        Assert.Contains("no further", Assert.Throws<InvalidOperationException>(() => pipeline.Take(Steps, 0, Stop)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Prepares_a_picture_once_while_it_is_ahead()
    {
        using var pipeline = Pipeline(threads: 1, 1L << 40);
        var plans = Plans().ToList();
        // Taken one after another without being computed; the last thread is far ahead of the first.
        var prepared = new List<string>();
        foreach (var plan in plans)
        {
            var batch = pipeline.Take(plan.Step, plan.Shard, Stop);
            prepared.AddRange(batch.Pictures.Concat(batch.Answers).Where(input => input.Pixels is not null).Select(input => input.Key));
        }

        var all = plans.Sum(plan => plan.Samples.Sum(sample => sample.Pictures));
        Assert.True(prepared.Count < all, $"{prepared.Count} of {all}");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void Names_a_lost_sample_by_number_and_hash_where_its_step_needs_it(int threads)
    {
        File.Delete(Path.Combine(_world.Root, "images", "p3.png"));
        using var pipeline = Pipeline(threads, 1L << 40);
        var plans = Plans().ToList();
        var lost = plans.FindIndex(plan => plan.Samples.Any(sample => Lost(sample)));

        foreach (var plan in plans.Take(lost)) pipeline.Take(plan.Step, plan.Shard, Stop);
        var error = Assert.Throws<JobFailureException>(() => pipeline.Take(plans[lost].Step, plans[lost].Shard, Stop));

        Assert.Matches($"^sample [0-9]+ of dataset '{Path.GetFileName(_world.Root)}' \\(SHA-256 [0-9a-f]{{12}}\\) can no longer be used: ", error.Message);
        Assert.DoesNotContain("p3.", error.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(".jsonl", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Ends_its_threads_also_when_they_wait_for_room_and_lets_a_waiting_taker_go()
    {
        var pipeline = Pipeline(threads: 3, bytes: 1);
        pipeline.Take(0, 0, Stop);
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.Throws<OperationCanceledException>(() => pipeline.Take(0, 0, cancelled.Token));

        pipeline.Dispose();

        Assert.Throws<ObjectDisposedException>(() => pipeline.Take(0, 1, Stop));
    }

    public void Dispose()
    {
        _setup.Dispose();
        _world.Dispose();
    }

    private static bool Lost(SampleReference sample)
    {
        try
        {
            sample.Read();
            return false;
        }
        catch (JobFailureException)
        {
            return true;
        }
    }

    private IEnumerable<MicroBatchPlan> Plans() => MicroBatchPlan.All(Mixed, (0, Steps), (0, _setup.Job.Shards));

    private BatchPipeline Pipeline(int threads, long bytes) => new(Plans(), _setup.Loader, new PipelineLimits(threads, bytes), new DataClock());
}

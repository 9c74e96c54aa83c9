using HealthGpt.Cluster.Abstractions.Training;
using HealthGpt.Cluster.Training;
using Orleans.Storage;
using Xunit;
using static HealthGpt.Cluster.Tests.Training.TrainerCluster;

namespace HealthGpt.Cluster.Tests.Training;

/// <summary>A job from its submission to its end, undisturbed.</summary>
public sealed class TrainerTests
{
    [Fact(Timeout = 120_000)]
    public async Task Completes_a_job_on_as_many_silos_as_it_may_have_and_frees_them()
    {
        var engine = new ScriptedEngine();
        await using var cluster = await StartAsync(3, engine);

        var submitted = await Trainer(cluster).SubmitAsync(Submission, Stop);
        var ended = await EndAsync(cluster);

        Assert.Equal(JobState.Queued, submitted.State);
        Assert.Equal((JobState.Completed, ScriptedGroup.WeightsAfter(engine.Steps)), (ended.State, ended.WeightsSha256));
        Assert.Equal(Enumerable.Range(1, engine.Steps).Select(step => (long)step), ended.Steps.Select(step => step.Step));
        Assert.Equal(["submitted", "generation", "phase", "phase", "completed"], ended.Events.Select(told => told.Type));
        Assert.Equal(2, engine.Joins.Count(join => join.Generation == 1));
        await Eventually.BecomesAsync(() => Pool(cluster).ListAsync(Stop), devices => devices.All(device => device.Lease is null), "the release of the devices");
    }

    [Fact(Timeout = 120_000)]
    public async Task Refuses_a_misspelt_job_with_all_problems_and_stores_nothing()
    {
        await using var cluster = await StartAsync(1, new ScriptedEngine());

        var refusal = await Assert.ThrowsAsync<InvalidJobException>(() => Trainer(cluster).SubmitAsync(Submission with { Yaml = "wokers: 2" }, Stop));

        Assert.Equal(2, refusal.Problems.Count);
        Assert.Contains("did you mean 'workers'", refusal.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<JobNotFoundException>(() => Trainer(cluster).GetStatusAsync(cancellationToken: Stop));
        var stored = new GrainState<JobRecord>();
        await StorageOf(cluster).ReadStateAsync("job", Trainer(cluster).GetGrainId(), stored, Stop);
        Assert.False(stored.RecordExists);
    }

    [Fact(Timeout = 120_000)]
    public async Task Takes_the_same_submission_twice_as_one_job_and_refuses_another_under_its_name()
    {
        var engine = new ScriptedEngine();
        await using var cluster = await StartAsync(2, engine);

        await Trainer(cluster).SubmitAsync(Submission, Stop);
        await Trainer(cluster).SubmitAsync(Submission, Stop);
        var ended = await EndAsync(cluster);
        var again = await Trainer(cluster).SubmitAsync(Submission, Stop);

        Assert.Single(ended.Events, told => told.Type == JobEventTypes.Submitted);
        Assert.Equal((JobState.Completed, 1L), (again.State, again.Generation));
        var conflict = await Assert.ThrowsAsync<JobConflictException>(() => Trainer(cluster).SubmitAsync(Submission with { Yaml = "name: brain-t1\nseed: 2" }, Stop));
        Assert.Contains(Job, conflict.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task Fails_the_job_and_names_both_ranks_when_their_weights_differ()
    {
        await using var cluster = await StartAsync(2, new ScriptedEngine { WeightsDiffer = true, MinWorkers = 2 });

        await Trainer(cluster).SubmitAsync(Submission, Stop);
        var ended = await EndAsync(cluster);

        Assert.Equal(JobState.Failed, ended.State);
        Assert.All(cluster.SiloNames, name => Assert.Contains(name, ended.Error, StringComparison.Ordinal));
    }

    [Theory(Timeout = 120_000)]
    [InlineData(2, "needs at least 2 'cpu' devices")]
    [InlineData(1, "is still Preparing")]
    public async Task Fails_the_job_when_it_cannot_start_within_its_deadline(int minWorkers, string why)
    {
        var engine = new ScriptedEngine { MinWorkers = minWorkers, NeverReady = true };
        // A device that is there has to be leased, and its replica to be heard of, before the deadline.
        var deadline = TimeSpan.FromSeconds(minWorkers > 1 ? 2 : 5);
        await using var cluster = await StartAsync(1, engine, options => options.StartDeadline = options.PrepareDeadline = deadline);

        await Trainer(cluster).SubmitAsync(Submission, Stop);
        var ended = await EndAsync(cluster);

        Assert.Equal(JobState.Failed, ended.State);
        Assert.Contains(why, ended.Error, StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task Cancels_a_job_and_frees_its_devices()
    {
        var engine = new ScriptedEngine();
        engine.HoldAt(5);
        await using var cluster = await StartAsync(2, engine);
        await Trainer(cluster).SubmitAsync(Submission, Stop);
        await StatusAsync(cluster, status => status.CommittedSteps == 5);

        await Trainer(cluster).CancelAsync(Stop);
        var ended = await EndAsync(cluster);

        Assert.Equal((JobState.Cancelled, 5), (ended.State, ended.Steps.Count));
        await Eventually.BecomesAsync(() => Pool(cluster).ListAsync(Stop), devices => devices.All(device => device.Lease is null), "the release of the devices");
    }
}

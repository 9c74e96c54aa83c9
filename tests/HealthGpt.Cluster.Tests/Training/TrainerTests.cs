using HealthGpt.Cluster.Abstractions.Devices;
using HealthGpt.Cluster.Abstractions.Training;
using HealthGpt.Cluster.Hosting;
using HealthGpt.Cluster.TestingHost;
using HealthGpt.Cluster.Training;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Storage;
using Xunit;

namespace HealthGpt.Cluster.Tests.Training;

public sealed class TrainerTests
{
    private const string Job = "brain-t1";

    private static readonly JobSubmission Submission = new() { Yaml = "name: brain-t1", BaseFolder = "/jobs" };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

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
        await Storage(cluster).ReadStateAsync("job", Trainer(cluster).GetGrainId(), stored, Stop);
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

    [Fact(Timeout = 180_000)]
    public async Task Goes_on_with_the_survivor_and_a_spare_when_a_workers_silo_is_killed()
    {
        var engine = new ScriptedEngine();
        engine.HoldAt(20);
        await using var cluster = await StartAsync(3, engine);
        await Trainer(cluster).SubmitAsync(Submission, Stop);
        var running = await StatusAsync(cluster, status => status.CommittedSteps == 20 && status.Workers.Count == 2);
        var victim = running.Workers.First(worker => worker.Silo != running.TrainerSilo);

        await cluster.KillSiloAsync(victim.Silo);
        engine.HoldAt(int.MaxValue);
        var ended = await EndAsync(cluster);

        AssertWholeAndUnharmed(engine, ended);
        Assert.True(ended.Generation >= 2);
        Assert.Contains(ended.Events, told => told.Type == JobEventTypes.WorkerLost);
        Assert.Contains(ended.Events, told => told.Type == JobEventTypes.Recovered);
    }

    [Fact(Timeout = 180_000)]
    public async Task Moves_to_another_silo_when_its_own_is_killed_and_loses_no_step_and_no_event()
    {
        var engine = new ScriptedEngine();
        engine.HoldAt(20);
        await using var cluster = await StartAsync(2, engine);
        await Trainer(cluster).SubmitAsync(Submission, Stop);
        var running = await StatusAsync(cluster, status => status.CommittedSteps == 20 && status.Workers.Count == 2);

        await cluster.KillSiloAsync(running.TrainerSilo);
        engine.HoldAt(int.MaxValue);
        var ended = await EndAsync(cluster);

        AssertWholeAndUnharmed(engine, ended);
        Assert.Contains(ended.Events, told => told.Type == JobEventTypes.TrainerMoved);
        Assert.NotEqual(running.TrainerSilo, ended.TrainerSilo);
        Assert.Equal(running.Events.Select(told => told.Message), ended.Events.Take(running.Events.Count).Select(told => told.Message));
    }

    [Fact(Timeout = 180_000)]
    public async Task Lets_no_worker_hear_of_a_generation_whose_write_another_trainer_has_won()
    {
        var engine = new ScriptedEngine { MaxWorkers = 1 };
        engine.HoldAt(20);
        await using var cluster = await StartAsync(1, engine);
        await Trainer(cluster).SubmitAsync(Submission, Stop);
        await StatusAsync(cluster, status => status.CommittedSteps == 20);

        // Another activation of the same trainer: it claims generation 7 in the store.
        var other = new GrainState<JobRecord>();
        await Storage(cluster).ReadStateAsync("job", Trainer(cluster).GetGrainId(), other, Stop);
        var loser = other.State!.Trainer;
        other.State = other.State with { Generation = 7, Trainer = "another activation" };
        await Storage(cluster).WriteStateAsync("job", Trainer(cluster).GetGrainId(), other, Stop);
        await engine.Replicas.Single().BreakAsync();
        engine.HoldAt(int.MaxValue);
        var ended = await EndAsync(cluster);

        AssertWholeAndUnharmed(engine, ended);
        Assert.DoesNotContain(engine.Joins, join => join.Generation is > 1 and <= 7);
        var final = new GrainState<JobRecord>();
        await Storage(cluster).ReadStateAsync("job", Trainer(cluster).GetGrainId(), final, Stop);
        Assert.NotEqual(loser, final.State!.Trainer);
    }

    [Fact(Timeout = 120_000)]
    public async Task Fails_the_job_with_a_failed_workers_error_rank_and_silo()
    {
        var engine = new ScriptedEngine { MaxWorkers = 1 };
        engine.HoldAt(5);
        await using var cluster = await StartAsync(1, engine);
        await Trainer(cluster).SubmitAsync(Submission, Stop);
        await StatusAsync(cluster, status => status.CommittedSteps == 5);

        engine.Replicas.Single().Fail("the disk is full");
        var ended = await EndAsync(cluster);

        Assert.Equal(JobState.Failed, ended.State);
        Assert.Contains($"Rank 0 on silo '{cluster.SiloNames[0]}'", ended.Error, StringComparison.Ordinal);
        Assert.Contains("the disk is full", ended.Error, StringComparison.Ordinal);
        Assert.Equal(5, ended.Steps.Count);
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
        await using var cluster = await StartAsync(1, engine, options => options.StartDeadline = options.PrepareDeadline = TimeSpan.FromSeconds(2));

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

    private static void AssertWholeAndUnharmed(ScriptedEngine engine, JobStatus ended)
    {
        Assert.True(ended.State == JobState.Completed, ended.Error);
        Assert.Equal(ScriptedGroup.WeightsAfter(engine.Steps), ended.WeightsSha256);
        Assert.Equal(Enumerable.Range(1, engine.Steps).Select(step => (long)step), ended.Steps.Select(step => step.Step));
        Assert.Equal(Enumerable.Range(1, ended.Events.Count).Select(sequence => (long)sequence), ended.Events.Select(told => told.Sequence));
    }

    private static Task<InMemoryHealthGptCluster> StartAsync(int silos, ScriptedEngine engine, Action<TrainerOptions>? configure = null) =>
        InMemoryHealthGptCluster.StartAsync(
            silos,
            Path.GetTempPath(),
            silo =>
            {
                silo.Services.AddSingleton<ITrainingEngine>(engine);
                if (configure is not null) silo.Services.Configure(configure);
            },
            cancellationToken: Stop);

    private static ITrainerGrain Trainer(InMemoryHealthGptCluster cluster) => cluster.Client.GetGrain<ITrainerGrain>(Job);

    private static IDevicePoolGrain Pool(InMemoryHealthGptCluster cluster) => cluster.Client.GetGrain<IDevicePoolGrain>(IDevicePoolGrain.Key);

    private static IGrainStorage Storage(InMemoryHealthGptCluster cluster) => cluster.ServicesOf(0).GetRequiredKeyedService<IGrainStorage>(HealthGptStorage.Name);

    private static Task<JobStatus> EndAsync(InMemoryHealthGptCluster cluster) => StatusAsync(cluster, status => status.HasEnded);

    private static Task<JobStatus> StatusAsync(InMemoryHealthGptCluster cluster, Func<JobStatus, bool> condition) =>
        Eventually.BecomesAsync(() => ReadAsync(cluster), condition, "the awaited state of the job");

    private static async Task<JobStatus> ReadAsync(InMemoryHealthGptCluster cluster)
    {
        try
        {
            return await Trainer(cluster).GetStatusAsync(cancellationToken: Stop);
        }
        catch (Exception error) when (error is OrleansException or TimeoutException)
        {
            // The silo that was asked has just been killed.
            return new JobStatus { Name = Job, TrainerSilo = "" };
        }
    }
}

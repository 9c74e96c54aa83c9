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
    public async Task Gives_back_a_spare_that_fails_and_goes_on_without_it()
    {
        var engine = new ScriptedEngine();
        engine.HoldAt(20);
        await using var cluster = await StartAsync(1, engine, options => options.GrowthPeriod = TimeSpan.FromMilliseconds(200));
        await Trainer(cluster).SubmitAsync(Submission, Stop);
        await StatusAsync(cluster, status => status.CommittedSteps == 20);
        var good = engine.Replicas.Single();

        engine.TroubleOf = _ => "cannot allocate memory";
        var started = await cluster.StartSiloAsync();
        var silo = cluster.SiloNames[started];
        var told = await StatusAsync(cluster, status => status.Events.Any(told => told.Type == JobEventTypes.WorkerFailed) || status.HasEnded);
        Assert.False(told.HasEnded, told.Error);
        await Eventually.BecomesAsync(
            () => Pool(cluster).ListAsync(Stop),
            devices => devices.Count == 2 && devices.Single(device => device.SiloName == silo).Lease is null,
            "the release of the failed spare's device");
        var reports = good.Reports;
        await Eventually.BecomesAsync(() => Task.FromResult(good.Reports), now => now > reports + 10, "a few more rounds");
        engine.HoldAt(int.MaxValue);
        var ended = await EndAsync(cluster);

        AssertWholeAndUnharmed(engine, ended);
        Assert.Equal(2, engine.Replicas.Count);
        Assert.Equal((1L, 1), (ended.Generation, ended.Events.Count(told => told.Type == JobEventTypes.WorkerFailed)));
        var failed = told.Events.Single(told => told.Type == JobEventTypes.WorkerFailed);
        Assert.Equal(silo, failed.Silo);
        Assert.Contains("cannot allocate memory", failed.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task Goes_on_with_the_others_and_a_spare_when_a_rank_fails_of_its_own()
    {
        var engine = new ScriptedEngine();
        engine.HoldAt(20);
        await using var cluster = await StartAsync(3, engine);
        await Trainer(cluster).SubmitAsync(Submission, Stop);
        var running = await StatusAsync(cluster, status => status.CommittedSteps == 20 && status.Workers.Count == 2);
        var victim = engine.Replicas.Single(replica => replica.Name.Contains($" {running.Workers[0].Silo} ", StringComparison.Ordinal));

        victim.Fail("its fingerprint differs");
        await StatusAsync(cluster, status => status.Generation > 1 && status.Workers.Count == 2 || status.HasEnded);
        engine.HoldAt(int.MaxValue);
        var ended = await EndAsync(cluster);

        AssertWholeAndUnharmed(engine, ended);
        var lost = ended.Events.First(told => told.Type == JobEventTypes.WorkerLost);
        Assert.Contains("Rank 0", lost.Message, StringComparison.Ordinal);
        Assert.Contains("its fingerprint differs", lost.Message, StringComparison.Ordinal);
        Assert.Equal(1, engine.Joins.Count(join => join.Replica == victim.Name));
        Assert.Equal(3, engine.Replicas.Count);
    }

    [Fact(Timeout = 120_000)]
    public async Task Fails_the_job_at_once_when_a_rank_fails_of_what_all_would_meet()
    {
        var engine = new ScriptedEngine();
        engine.HoldAt(5);
        await using var cluster = await StartAsync(3, engine);
        await Trainer(cluster).SubmitAsync(Submission, Stop);
        await StatusAsync(cluster, status => status.CommittedSteps == 5 && status.Workers.Count == 2);

        engine.Replicas.First().Fail("the gradient's norm is NaN", failsJob: true);
        var ended = await EndAsync(cluster);

        Assert.Equal((JobState.Failed, 2), (ended.State, engine.Replicas.Count));
        Assert.Contains("the gradient's norm is NaN", ended.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(engine.Joins, join => join.Generation > 1);
    }

    [Fact(Timeout = 120_000)]
    public async Task Fails_the_job_with_every_workers_error_when_none_is_left()
    {
        var engine = new ScriptedEngine { TroubleOf = name => $"no model for {name}" };
        await using var cluster = await StartAsync(2, engine);

        await Trainer(cluster).SubmitAsync(Submission, Stop);
        var ended = await EndAsync(cluster);

        Assert.Equal((JobState.Failed, 0L, 2), (ended.State, ended.Generation, engine.Replicas.Count));
        Assert.All(engine.Replicas, replica => Assert.Contains($"no model for {replica.Name}", ended.Error, StringComparison.Ordinal));
        await Eventually.BecomesAsync(() => Pool(cluster).ListAsync(Stop), devices => devices.All(device => device.Lease is null), "the release of the devices");
    }

    [Fact(Timeout = 120_000)]
    public async Task Bears_any_number_of_broken_generations_that_each_committed_a_step()
    {
        var engine = new ScriptedEngine { MaxWorkers = 1 };
        engine.HoldAt(1);
        await using var cluster = await StartAsync(1, engine);
        await Trainer(cluster).SubmitAsync(Submission, Stop);
        for (var step = 1; step <= new TrainerOptions().FruitlessGenerationsLimit + 1; step++)
        {
            // A checkpoint a step, so that the stored record knows of each before the generation breaks.
            await StatusAsync(cluster, status => status.CommittedSteps == step && status.State == JobState.Running || status.HasEnded);
            engine.Replicas.Single().Checkpoint = step;
            await StatusAsync(cluster, status => status.Events.Count(told => told.Type == JobEventTypes.Checkpoint) == step || status.HasEnded);
            await engine.Replicas.Single().BreakAsync();
            await StatusAsync(cluster, status => status.Generation > step || status.HasEnded);
            engine.HoldAt(step + 1);
        }

        engine.HoldAt(int.MaxValue);
        AssertWholeAndUnharmed(engine, await EndAsync(cluster));
    }

    [Fact(Timeout = 120_000)]
    public async Task Tells_a_checkpoint_only_when_it_is_newer_than_the_last()
    {
        var engine = new ScriptedEngine();
        engine.HoldAt(20);
        await using var cluster = await StartAsync(2, engine);
        await Trainer(cluster).SubmitAsync(Submission, Stop);
        await StatusAsync(cluster, status => status.CommittedSteps == 20 && status.Workers.Count == 2);
        var (former, present) = (engine.Replicas.First(), engine.Replicas.Last());

        former.Checkpoint = 10;
        await StatusAsync(cluster, status => status.Events.Any(told => told.Type == JobEventTypes.Checkpoint));
        present.Checkpoint = 20;
        await StatusAsync(cluster, status => status.Events.Count(told => told.Type == JobEventTypes.Checkpoint) >= 2);
        var reports = (former.Reports, present.Reports);
        await Eventually.BecomesAsync(
            () => Task.FromResult((former.Reports, present.Reports)), now => now.Item1 > reports.Item1 + 10 && now.Item2 > reports.Item2 + 10, "a few more rounds");
        engine.HoldAt(int.MaxValue);
        var ended = await EndAsync(cluster);

        Assert.Equal(["/runs/step-10", "/runs/step-20"], ended.Events.Where(told => told.Type == JobEventTypes.Checkpoint).Select(told => told.Message));
    }

    [Fact(Timeout = 120_000)]
    public async Task Tells_once_that_checkpoints_cannot_be_written_and_shows_why_until_they_can()
    {
        var engine = new ScriptedEngine();
        engine.HoldAt(20);
        await using var cluster = await StartAsync(1, engine);
        await Trainer(cluster).SubmitAsync(Submission, Stop);
        await StatusAsync(cluster, status => status.CommittedSteps == 20);
        var writer = engine.Replicas.Single();

        foreach (var problem in new[] { "step 10: the disk is full", "step 20: the disk is full" })
        {
            writer.CheckpointProblem = problem;
            await StatusAsync(cluster, status => status.CheckpointProblem == problem);
        }

        (writer.Checkpoint, writer.CheckpointProblem) = (20, null);
        await StatusAsync(cluster, status => status.CheckpointProblem is null);
        engine.HoldAt(int.MaxValue);
        var ended = await EndAsync(cluster);

        AssertWholeAndUnharmed(engine, ended);
        Assert.Equal("step 10: the disk is full", Assert.Single(ended.Events, told => told.Type == JobEventTypes.CheckpointProblem).Message);
    }

    [Fact(Timeout = 120_000)]
    public async Task Tells_once_which_samples_are_left_out()
    {
        var leftOut = new LeftOutSamples { Count = 7, First = ["sample 3 of dataset 'a': a picture cannot be read", "sample 9 of dataset 'a': no answer"] };
        var engine = new ScriptedEngine { LeftOut = leftOut };
        await using var cluster = await StartAsync(2, engine);

        await Trainer(cluster).SubmitAsync(Submission, Stop);
        var ended = await EndAsync(cluster);

        AssertWholeAndUnharmed(engine, ended);
        Assert.Equal(7, ended.LeftOutSamples!.Count);
        Assert.Equal(leftOut.First, ended.LeftOutSamples.First);
        var told = Assert.Single(ended.Events, told => told.Type == JobEventTypes.SamplesLeftOut);
        Assert.Equal("7 samples cannot be used: sample 3 of dataset 'a': a picture cannot be read; sample 9 of dataset 'a': no answer; ...", told.Message);
    }

    [Fact(Timeout = 120_000)]
    public async Task Tells_once_which_step_was_skipped_whatever_is_lost_afterwards()
    {
        var engine = new ScriptedEngine { SkippedStep = 12 };
        engine.HoldAt(20);
        await using var cluster = await StartAsync(2, engine);
        await Trainer(cluster).SubmitAsync(Submission, Stop);
        await StatusAsync(cluster, status => status.CommittedSteps == 20);

        await engine.Replicas.First().BreakAsync();
        engine.HoldAt(int.MaxValue);
        var ended = await EndAsync(cluster);

        var told = Assert.Single(ended.Events, told => told.Type == JobEventTypes.StepSkipped);
        Assert.Equal(12, told.Step);
        Assert.Equal("alignment mixed step 12 was skipped: its loss is NaN and its gradient's norm is 1. In its batch: sample 3 of dataset 'a'; sample 9 of dataset 'a'.", told.Message);
        Assert.Equal(12, Assert.Single(ended.Steps, step => step.Skipped).Step);
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

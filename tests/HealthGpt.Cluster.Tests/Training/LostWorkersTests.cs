using HealthGpt.Cluster.Abstractions.Training;
using HealthGpt.Cluster.Training;
using Xunit;
using static HealthGpt.Cluster.Tests.Training.TrainerCluster;

namespace HealthGpt.Cluster.Tests.Training;

/// <summary>Workers that are killed, fail of their own or fail of what all would meet.</summary>
public sealed class LostWorkersTests
{
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
}

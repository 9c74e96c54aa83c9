using HealthGpt.Cluster.Abstractions.Training;
using HealthGpt.Cluster.Training;
using Orleans.Storage;
using Xunit;
using static HealthGpt.Cluster.Tests.Training.TrainerCluster;

namespace HealthGpt.Cluster.Tests.Training;

/// <summary>A trainer that loses its silo, or its job to another activation.</summary>
public sealed class MovedTrainerTests
{
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
        await StorageOf(cluster).ReadStateAsync("job", Trainer(cluster).GetGrainId(), other, Stop);
        var loser = other.State!.Trainer;
        other.State = other.State with { Generation = 7, Trainer = "another activation" };
        await StorageOf(cluster).WriteStateAsync("job", Trainer(cluster).GetGrainId(), other, Stop);
        await engine.Replicas.Single().BreakAsync();
        engine.HoldAt(int.MaxValue);
        var ended = await EndAsync(cluster);

        AssertWholeAndUnharmed(engine, ended);
        Assert.DoesNotContain(engine.Joins, join => join.Generation is > 1 and <= 7);
        var final = new GrainState<JobRecord>();
        await StorageOf(cluster).ReadStateAsync("job", Trainer(cluster).GetGrainId(), final, Stop);
        Assert.NotEqual(loser, final.State!.Trainer);
    }
}

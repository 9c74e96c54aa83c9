using HealthGpt.Cluster.Abstractions.Training;
using Xunit;
using static HealthGpt.Cluster.Tests.Training.TrainerCluster;

namespace HealthGpt.Cluster.Tests.Training;

/// <summary>What a trainer tells of a job while it runs.</summary>
public sealed class TrainerEventsTests
{
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
    public async Task Tells_at_the_end_which_plugins_are_not_in_the_trained_model()
    {
        var engine = new ScriptedEngine { LeftOutPlugins = ["report", "vqa"] };
        await using var cluster = await StartAsync(2, engine);

        await Trainer(cluster).SubmitAsync(Submission, Stop);
        var ended = await EndAsync(cluster);

        AssertWholeAndUnharmed(engine, ended);
        var told = Assert.Single(ended.Events, told => told.Type == JobEventTypes.PluginsLeftOut);
        Assert.StartsWith("2 plugins of the model are not in the trained one (report, vqa): ", told.Message, StringComparison.Ordinal);
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
    public async Task Steps_that_are_done_again_replace_those_before_and_are_told()
    {
        var engine = new ScriptedEngine();
        engine.HoldAt(20);
        await using var cluster = await StartAsync(2, engine);
        await Trainer(cluster).SubmitAsync(Submission, Stop);
        await StatusAsync(cluster, status => status.CommittedSteps == 20 && status.Workers.Count == 2);

        // The group goes back without breaking, and this time there is another loss.
        engine.Loss = step => 2.0 / step;
        foreach (var replica in engine.Replicas) replica.GoBack(8);
        await StatusAsync(cluster, status => status.Steps.Count == 20 && status.Events.Any(told => told.Type == JobEventTypes.Resumed));
        engine.HoldAt(int.MaxValue);
        var ended = await EndAsync(cluster);

        AssertWholeAndUnharmed(engine, ended);
        var resumed = Assert.Single(ended.Events, told => told.Type == JobEventTypes.Resumed);
        Assert.Equal((8, "The job goes on after step 8; the steps after it are done again."), (resumed.Step, resumed.Message));
        Assert.Equal(Enumerable.Range(1, engine.Steps).Select(step => (step <= 8 ? 1.0 : 2.0) / step), ended.Steps.Select(step => step.Loss));
        Assert.Equal(1, ended.Generation);
    }
}

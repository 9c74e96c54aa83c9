using System.Globalization;
using HealthGpt.Cluster.Abstractions.Training;
using HealthGpt.Cluster.TestingHost;
using HealthGpt.Cluster.Training;
using HealthGpt.Training.Tests;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace HealthGpt.Cluster.Tests.Training;

/// <summary>The promise of the design: the result depends on the job and not on the cluster. With real replicas, gradients and sockets.</summary>
public sealed class EqualWeightsTests : IDisposable
{
    private const int StepsBeforeInstruction = 12;
    private const int InstructionSteps = 60;

    private readonly TinyWorld _world = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact(Timeout = 600_000)]
    public async Task One_two_and_three_workers_and_two_of_which_one_is_killed_end_with_the_same_bits()
    {
        var results = new Dictionary<string, JobStatus>();
        await using (var calm = await InMemoryHealthGptCluster.StartAsync(3, _world.CacheFolder, cancellationToken: Stop))
        {
            foreach (var workers in new[] { 1, 2, 3 })
                results[$"{workers} workers"] = await RunAsync(calm, $"calm-{workers}", workers);
        }

        foreach (var killsTrainer in new[] { false, true })
        {
            // With two silos the trainer's is a worker's too.
            var hold = new HeldEngine.Hold(StepsBeforeInstruction + (InstructionSteps / 2));
            await using var cluster = await InMemoryHealthGptCluster.StartAsync(
                killsTrainer ? 2 : 3,
                _world.CacheFolder,
                silo => silo.Services.AddSingleton<ITrainingEngine>(services => new HeldEngine(ActivatorUtilities.CreateInstance<ReplicaEngine>(services), hold)),
                cancellationToken: Stop);
            var name = killsTrainer ? "2 workers, the trainer's silo killed" : "2 workers, one killed";
            results[name] = await RunAsync(cluster, killsTrainer ? "headless" : "wounded", 2, hold, status => cluster.KillSiloAsync(Victim(status, killsTrainer)));
        }

        foreach (var (name, result) in results)
            TestContext.Current.TestOutputHelper?.WriteLine($"{name}: generation {result.Generation}, {result.WeightsSha256}");
        Assert.All(results, result => Assert.True(result.Value.State == JobState.Completed, $"{result.Key}: {result.Value.Error}"));
        Assert.Single(results.Values.Select(result => result.WeightsSha256).Distinct());
        Assert.Single(results.Values.Select(Losses).Distinct());
        Assert.All(results.Where(result => result.Key.Contains("killed", StringComparison.Ordinal)), result => AssertBrokenMidStage(result.Value));
    }

    [Fact(Timeout = 120_000)]
    public async Task A_misspelt_key_is_refused_with_the_key_that_was_meant()
    {
        await using var cluster = await InMemoryHealthGptCluster.StartAsync(1, _world.CacheFolder, cancellationToken: Stop);
        var yaml = Yaml("typo", 1).Replace("shards:", "shads:", StringComparison.Ordinal);

        var refusal = await Assert.ThrowsAsync<InvalidJobException>(
            () => cluster.Client.GetGrain<ITrainerGrain>("typo").SubmitAsync(new JobSubmission { Yaml = yaml, BaseFolder = _world.Root }, Stop));

        Assert.Contains("shads", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("shards", refusal.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(_world.Root, "runs", "typo")));
    }

    [Fact(Timeout = 120_000)]
    public async Task A_job_whose_model_or_data_is_missing_is_refused_when_it_is_submitted()
    {
        await using var cluster = await InMemoryHealthGptCluster.StartAsync(1, _world.CacheFolder, cancellationToken: Stop);
        var trainer = cluster.Client.GetGrain<ITrainerGrain>("lost");
        var elsewhere = Directory.CreateDirectory(Path.Combine(_world.Root, "elsewhere")).FullName;

        var refusal = await Assert.ThrowsAsync<InvalidJobException>(
            () => trainer.SubmitAsync(new JobSubmission { Yaml = Yaml("lost", 1), BaseFolder = elsewhere }, Stop));

        Assert.Contains("model: ", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("data: ", refusal.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<JobNotFoundException>(() => trainer.GetStatusAsync(cancellationToken: Stop));
    }

    public void Dispose() => _world.Dispose();

    private static string Victim(JobStatus status, bool killsTrainer) =>
        killsTrainer ? status.TrainerSilo : status.Workers.Select(worker => worker.Silo).First(silo => silo != status.TrainerSilo);

    private static string Losses(JobStatus status) =>
        string.Join(' ', status.Steps.Select(step => step.Step.ToString(CultureInfo.InvariantCulture) + ":" + step.Loss.ToString("R", CultureInfo.InvariantCulture)));

    private static void AssertBrokenMidStage(JobStatus status)
    {
        var lost = status.Events.First(told => told.Type == JobEventTypes.WorkerLost);
        Assert.InRange(lost.Step!.Value, StepsBeforeInstruction + 1, StepsBeforeInstruction + InstructionSteps - 1);
        var recovered = status.Events.First(told => told.Type == JobEventTypes.Recovered);
        TestContext.Current.TestOutputHelper?.WriteLine($"{status.Name} went on {(recovered.At - lost.At).TotalSeconds:0.0} s after: {lost.Message}");
    }

    private async Task<JobStatus> RunAsync(InMemoryHealthGptCluster cluster, string name, int workers, HeldEngine.Hold? hold = null, Func<JobStatus, Task>? whileHeld = null)
    {
        var trainer = cluster.Client.GetGrain<ITrainerGrain>(name);
        await trainer.SubmitAsync(new JobSubmission { Yaml = Yaml(name, workers), BaseFolder = _world.Root }, Stop);
        if (hold is not null && whileHeld is not null)
        {
            await whileHeld(await ReadAsync(trainer, status => (status.CommittedSteps == hold.Step && status.Workers.Count == workers) || status.HasEnded));
            hold.Release();
        }

        return await ReadAsync(trainer, status => status.HasEnded);
    }

    private static Task<JobStatus> ReadAsync(ITrainerGrain trainer, Func<JobStatus, bool> condition) => Eventually.BecomesAsync(
        async () =>
        {
            try
            {
                return await trainer.GetStatusAsync(cancellationToken: Stop);
            }
            catch (Exception error) when (error is OrleansException or TimeoutException)
            {
                // The silo that was asked has just been killed.
                return new JobStatus { Name = "", TrainerSilo = "" };
            }
        },
        condition,
        "the awaited state of the job");

    private static string Yaml(string name, int workers) => $$"""
        name: {{name}}
        model: model
        data: dataset.yaml
        preset: nano
        seed: 20263
        shards: 4
        workers: { min: 1, max: {{workers}} }
        precision: bfloat16
        checkpoints: { to: runs/{{name}}, everySteps: 20, keep: 2 }
        hlora: { comprehension: { rank: 4, experts: 2 }, generation: { rank: 8, experts: 4 } }
        stages:
          - stage: alignment
            comprehension: { steps: 4, batch: 5 }
            generation: { steps: 4, batch: 4, dropout: 0.05 }
          - stage: adaptation
            mixed: { steps: 4, batch: 9 }
          - stage: instruction
            tasks:
              vqa: { steps: {{InstructionSteps}}, batch: 7 }
        """;
}

using HealthGpt.Collectives;
using HealthGpt.Training.Jobs;
using HealthGpt.Training.Replicas;
using Xunit;

namespace HealthGpt.Training.Tests.Replicas;

/// <summary>Sixty steps over all three stages with eight shards: the trained weights have the same bits whatever the group, its transport and its optimizer's partition.</summary>
public sealed class BitIdentityTests(TinyWorld world, BitIdentityTests.Alone alone) : IClassFixture<TinyWorld>, IClassFixture<BitIdentityTests.Alone>
{
    private const int Seed = 20263;
    private const int Steps = 60;

    public static TheoryData<int, string, string> Groups
    {
        get
        {
            var groups = new TheoryData<int, string, string> { { 2, "tcp", "off" }, { 2, "shared-memory", "on" } };
            foreach (var workers in new[] { 3, 4, 5 })
                foreach (var transport in new[] { "tcp", "shared-memory" })
                    foreach (var zero in new[] { "off", "on" }) groups.Add(workers, transport, zero);
            return groups;
        }
    }

    [Theory, MemberData(nameof(Groups))]
    public async Task A_group_ends_with_the_bits_of_one_worker(int workers, string transport, string zero)
    {
        if (transport == "shared-memory" && !OperatingSystem.IsLinux()) Assert.Skip("shared memory between ranks needs Linux");
        var expected = await alone.RunAsync(world);

        var done = await HostedReplica.RunAsync(Job(transport, zero), world.CacheFolder, workers);

        Assert.Equal(Steps, done.CommittedSteps);
        Assert.Equal(expected.WeightsSha256, done.WeightsSha256);
        Assert.Equal(expected.Steps.Select(step => step.Loss), done.Steps.Select(step => step.Loss));
    }

    [Fact]
    public async Task A_group_that_talks_in_TLS_ends_with_them_too()
    {
        var expected = await alone.RunAsync(world);

        var done = await HostedReplica.RunAsync(Job("tcp", "on") with { Encryption = Encryption.Tls }, world.CacheFolder, workers: 3);

        Assert.Equal(expected.WeightsSha256, done.WeightsSha256);
    }

    [Theory]
    [InlineData(4, "on", 1, "off")]
    [InlineData(1, "off", 5, "on")]
    [InlineData(3, "on", 5, "on")]
    [InlineData(5, "on", 2, "on")]
    public async Task Resumed_from_a_checkpoint_by_a_group_of_another_size_it_ends_with_the_same_bits(int before, string zeroBefore, int after, string zeroAfter)
    {
        var expected = await alone.RunAsync(world);
        var random = new System.Random(Seed + before);
        var stopAt = random.Next(10, Steps - 1);
        TestContext.Current.SendDiagnosticMessage("seed {0}: stopped after step {1}", Seed + before, stopAt);
        var job = Job("auto", zeroBefore, every: 3);
        var members = Enumerable.Range(0, before).Select(rank => new HostedReplica(job, world.CacheFolder, $"before{rank}", stopAt)).ToArray();
        await HostedReplica.JoinAsync(1, members);
        foreach (var member in members) await member.Reached;
        await Task.WhenAll(members.Select(member => member.EndAsync()));

        var first = 0L;
        void Restored(WorkerProgress progress)
        {
            if (progress.State == WorkerState.Running && progress.CommittedSteps > 0) Interlocked.CompareExchange(ref first, progress.CommittedSteps, 0);
        }

        var done = await HostedReplica.RunAsync(job with { Zero = zeroAfter == "on" ? ZeroChoice.On : ZeroChoice.Off }, world.CacheFolder, after, Restored);

        Assert.InRange(first, 1, stopAt);
        Assert.Equal(expected.WeightsSha256, done.WeightsSha256);
    }

    private TrainingJob Job(string transport, string zero, int every = 20) => JobOf(world, transport, zero, every);

    private static TrainingJob JobOf(TinyWorld world, string transport, string zero, int every) => TrainingJob.Parse($$"""
        name: tiny
        model: model
        data: dataset.yaml
        preset: nano
        seed: 20262
        shards: 8
        workers: { max: 5 }
        transport: {{transport}}
        zero: "{{zero}}"
        checkpoints: { to: "{{world.NewRunFolder()}}", everySteps: {{every}} }
        hlora: { comprehension: { rank: 4, experts: 2 }, generation: { rank: 8, experts: 4 } }
        stages:
          - stage: alignment
            comprehension: { steps: 12, batch: 9 }
            generation: { steps: 16, batch: 8, dropout: 0.05 }
          - stage: adaptation
            mixed: { steps: 8, batch: 17 }
          - stage: instruction
            tasks:
              vqa: { steps: 12, batch: 8, schedule: cosine, dropout: 0.05 }
              super-resolution: { steps: 12, batch: 8 }
        """, world.Root);

    /// <summary>The same job on one worker, trained once.</summary>
    public sealed class Alone
    {
        private WorkerProgress? _done;

        public async Task<WorkerProgress> RunAsync(TinyWorld world) => _done ??= await HostedReplica.RunAsync(JobOf(world, "auto", "off", every: 100), world.CacheFolder);
    }
}

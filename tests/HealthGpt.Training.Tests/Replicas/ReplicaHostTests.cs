using HealthGpt.Model;
using HealthGpt.Storage.Manifests;
using HealthGpt.Training.Jobs;
using HealthGpt.Training.Replicas;
using TorchSharp;
using Xunit;

namespace HealthGpt.Training.Tests.Replicas;

public sealed class ReplicaHostTests(TinyWorld world) : IClassFixture<TinyWorld>
{
    [Theory]
    [InlineData(2, "tcp")]
    [InlineData(3, "tcp")]
    [InlineData(2, "shared-memory")]
    [InlineData(3, "shared-memory")]
    public async Task Any_number_of_workers_over_any_transport_ends_with_the_same_bits(int workers, string transport)
    {
        if (transport == "shared-memory" && !OperatingSystem.IsLinux()) Assert.Skip("shared memory between ranks needs Linux");
        var alone = await RunAsync(1);
        var together = await RunAsync(workers, world.Job(extra: $"transport: {transport}"));

        Assert.Equal(alone.WeightsSha256, together.WeightsSha256);
        Assert.Equal(alone.Steps.Select(step => step.Loss), together.Steps.Select(step => step.Loss));
        Assert.Equal(Enumerable.Range(1, 15), together.Steps.Select(step => (int)step.Step));
    }

    [Fact]
    public async Task A_worker_lost_mid_phase_and_replaced_changes_no_bit()
    {
        var alone = await RunAsync(1);
        var job = world.Job();
        await using var first = new HostedReplica(job, world.CacheFolder, "first");
        await using var lost = new HostedReplica(job, world.CacheFolder, "lost", stopAt: 5);
        await using var spare = new HostedReplica(job, world.CacheFolder, "spare");

        await HostedReplica.JoinAsync(1, first, lost);
        await lost.EndAsync();
        var aborted = await first.UntilAsync(WorkerState.Aborted);
        Assert.InRange(aborted.CommittedSteps, 5, 6);
        await HostedReplica.JoinAsync(2, spare, first);
        var done = await spare.UntilAsync(WorkerState.Completed);

        Assert.Equal(alone.WeightsSha256, done.WeightsSha256);
        Assert.Equal(alone.Steps.Select(step => step.Loss), done.Steps.Select(step => step.Loss));
        Assert.Equal(alone.WeightsSha256, (await first.UntilAsync(WorkerState.Completed)).WeightsSha256);
    }

    [Fact]
    public async Task Resumes_from_the_newest_whole_checkpoint_with_the_same_bits()
    {
        var alone = await RunAsync(1);
        var folder = world.NewRunFolder();
        await using (var killed = new HostedReplica(world.Job(folder), world.CacheFolder, stopAt: 7))
        {
            await HostedReplica.JoinAsync(1, killed);
            await killed.EndAsync();
        }

        // Phases end at 3 and 7; step 7 is torn, so step 6 counts.
        Tear(Path.Combine(folder, "step-00000007"));
        Assert.NotNull(ManifestFolder.TryOpen(Path.Combine(folder, "step-00000006")));
        var restored = new List<WorkerProgress>();
        await using var resumed = new HostedReplica(world.Job(folder), world.CacheFolder, changed: restored.Add);
        await HostedReplica.JoinAsync(1, resumed);
        var done = await resumed.UntilAsync(WorkerState.Completed);

        Assert.Equal(6, restored.First(progress => progress.CommittedSteps > 0).CommittedSteps);
        Assert.Equal(alone.WeightsSha256, done.WeightsSha256);
        Assert.Equal(3, Directory.GetDirectories(folder, "step-*").Length);
    }

    [Fact]
    public async Task Exports_a_model_folder_with_a_plugin_for_each_task()
    {
        var done = await RunAsync(2);

        using var model = HealthGptModel.Load(done.ModelFolder!, torch.ScalarType.Float32);
        Assert.Equal(["super-resolution", "vqa"], model.Manifest.Plugins.Keys.Order());
        using var plugin = model.LoadPlugin("super-resolution");
        Assert.Equal("Sharpen.", plugin.Prompt);
        Assert.Equal((8, 16d, 4), (plugin.HLora.Rank, plugin.HLora.Alpha, plugin.HLora.Experts));
    }

    [Fact]
    public async Task Refuses_a_worker_that_would_compute_other_bits_and_names_both_fingerprints()
    {
        await using var first = new HostedReplica(world.Job(), world.CacheFolder, "first");
        await using var other = new HostedReplica(world.Job(extra: "microBatch: 3"), world.CacheFolder, "other");

        await HostedReplica.JoinAsync(1, first, other);

        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => other.UntilAsync(WorkerState.Completed));
        Assert.Contains("microBatch: 3", refused.Message, StringComparison.Ordinal);
        Assert.Contains("microBatch: 2", refused.Message, StringComparison.Ordinal);
        Assert.False(other.Host.Progress(0).FailsJob);
        Assert.Contains("'other' is refused", (await first.UntilAsync(WorkerState.Aborted)).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refuses_a_generation_that_is_behind()
    {
        await using var replica = new HostedReplica(world.Job(), world.CacheFolder);
        await HostedReplica.JoinAsync(5, replica);

        var assignment = new GroupAssignment { Generation = 4, Rank = 0, Members = ["127.0.0.1:1"], Secret = "secret" };

        Assert.Contains("generation 4", Assert.Throws<StaleGenerationException>(() => replica.Host.Join(assignment)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refuses_checkpoints_of_another_job()
    {
        var folder = world.NewRunFolder();
        await RunAsync(1, world.Job(folder));
        await using var other = new HostedReplica(world.Job(folder, extra: "microBatch: 3"), world.CacheFolder);

        await HostedReplica.JoinAsync(1, other);

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => other.UntilAsync(WorkerState.Completed));
        Assert.Contains("checkpoints.to", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(BadSamplePolicy.Skip)]
    [InlineData(BadSamplePolicy.Stop)]
    public async Task A_bad_sample_is_listed_or_fails_the_job_for_every_worker(BadSamplePolicy policy)
    {
        File.WriteAllText(
            Path.Combine(world.Root, "torn.yaml"), File.ReadAllText(Path.Combine(world.Root, "dataset.yaml")).Replace("vqa.jsonl", "torn.jsonl", StringComparison.Ordinal));
        File.WriteAllLines(
            Path.Combine(world.Root, "torn.jsonl"),
            File.ReadAllLines(Path.Combine(world.Root, "vqa.jsonl")).Select((line, index) => index == 2 ? line.Replace("p2.png", "torn.png", StringComparison.Ordinal) : line));
        File.WriteAllBytes(Path.Combine(world.Root, "images", "torn.png"), [1, 2, 3]);
        await using var replica = new HostedReplica(world.Job() with { Data = Path.Combine(world.Root, "torn.yaml"), OnBadSample = policy }, world.CacheFolder);

        if (policy == BadSamplePolicy.Skip)
        {
            Assert.Contains("torn.jsonl", Assert.Single((await replica.UntilAsync(WorkerState.Ready)).BadSamples), StringComparison.Ordinal);
            return;
        }

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => replica.UntilAsync(WorkerState.Ready));
        Assert.Contains("torn.jsonl", error.Message, StringComparison.Ordinal);
        Assert.True(replica.Host.Progress(0).FailsJob);
    }

    [Fact]
    public async Task A_gradient_without_a_norm_fails_the_job_for_every_worker()
    {
        var job = world.Job();
        await using var replica = new HostedReplica(job with { Optimizer = job.Optimizer with { Epsilon = double.NaN } }, world.CacheFolder);

        await HostedReplica.JoinAsync(1, replica);

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => replica.UntilAsync(WorkerState.Completed));
        Assert.Contains("the gradient's norm is NaN", error.Message, StringComparison.Ordinal);
        Assert.True(replica.Host.Progress(0).FailsJob);
    }

    [Fact]
    public async Task A_missing_model_is_told_as_a_failure()
    {
        await using var replica = new HostedReplica(world.Job() with { Model = Path.Combine(world.Root, "nowhere") }, world.CacheFolder);

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => replica.UntilAsync(WorkerState.Ready));
        Assert.Contains("nowhere", error.Message, StringComparison.Ordinal);
        Assert.False(replica.Host.Progress(0).FailsJob);
    }

    [Fact]
    public async Task The_number_of_live_tensors_stays_flat_within_a_phase()
    {
        var counts = new List<(string Phase, long Live)>();
        await RunAsync(1, world.Job(), progress =>
        {
            // What loading left to the collector goes first, so that only steps are counted.
            if (progress.CommittedSteps == 0) Collect();
            if (progress.Steps.Count > 0) counts.Add((progress.Steps[^1].Stage + progress.Steps[^1].Name, torch.Tensor.TotalCount));
        });

        // The last step of a phase has let go of the moments.
        Assert.All(counts.GroupBy(count => count.Phase), phase => Assert.Single(phase.SkipLast(1).Select(count => count.Live).Distinct()));
    }

    [Fact]
    public async Task An_ended_replica_leaves_no_tensor()
    {
        // What replicas that failed in other tests left to the collector must not go in between.
        Collect();
        var before = torch.Tensor.TotalCount;
        await RunAsync(2);
        Assert.Equal(before, torch.Tensor.TotalCount);
    }

    private static void Collect()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }

    private static void Tear(string checkpoint)
    {
        var file = Directory.GetFiles(checkpoint, "*.safetensors")[0];
        var bytes = File.ReadAllBytes(file);
        bytes[^1] ^= 1;
        File.WriteAllBytes(file, bytes);
    }

    private async Task<WorkerProgress> RunAsync(int workers, TrainingJob? job = null, Action<WorkerProgress>? changed = null)
    {
        job ??= world.Job();
        var members = Enumerable.Range(0, workers).Select(rank => new HostedReplica(job, world.CacheFolder, $"worker{rank}", changed: changed)).ToArray();
        try
        {
            await HostedReplica.JoinAsync(1, members);
            WorkerProgress? last = null;
            foreach (var member in members) last = await member.UntilAsync(WorkerState.Completed);
            return last!;
        }
        finally
        {
            foreach (var member in members) await member.DisposeAsync();
        }
    }
}

using HealthGpt.Model;
using HealthGpt.Model.Weights;
using HealthGpt.Storage.Locations;
using HealthGpt.Storage.Manifests;
using HealthGpt.Storage.Tests.Blobs;
using HealthGpt.Training.Jobs;
using HealthGpt.Training.Replicas;
using TorchSharp;
using Xunit;

namespace HealthGpt.Training.Tests.Replicas;

public sealed class ReplicaHostTests(TinyWorld world, Azurite azurite) : IClassFixture<TinyWorld>
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

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Any_number_of_data_threads_ends_with_the_same_bits_and_the_time_on_data_is_told(int threads)
    {
        // A cache of its own: every picture is decoded and goes through the frozen parts.
        async Task<WorkerProgress> TrainAsync(int count)
        {
            await using var replica = new HostedReplica(world.Job(), Path.Combine(world.Root, $"cache-{threads}-{count}"), dataThreads: count);
            await HostedReplica.JoinAsync(1, replica);
            return await replica.UntilAsync(WorkerState.Completed);
        }

        var without = await TrainAsync(0);
        var ahead = await TrainAsync(threads);

        Assert.Equal(without.WeightsSha256, ahead.WeightsSha256);
        Assert.All(ahead.Steps, step => Assert.InRange(step.DataSeconds, double.Epsilon, step.Seconds));
    }

    [Fact]
    public async Task A_picture_that_goes_while_training_stops_the_job_and_keeps_its_checkpoint()
    {
        var alone = await RunAsync(1);
        var (folder, cache, picture) = (world.NewRunFolder(), Path.Combine(world.Root, "cache-gone"), Path.Combine(world.Root, "images", "p4.png"));
        await using (var replica = new HostedReplica(world.Job(folder), cache, stopAt: 4, dataThreads: 0))
        {
            await HostedReplica.JoinAsync(1, replica);
            await replica.Reached;
            File.Move(picture, picture + ".away");
            replica.Release();
            var error = await Assert.ThrowsAsync<InvalidOperationException>(() => replica.UntilAsync(WorkerState.Completed));

            Assert.Matches("sample [0-9]+ of dataset '.*' \\(SHA-256 [0-9a-f]{12}\\) can no longer be used: .* The last checkpoint is kept", error.Message);
            Assert.DoesNotContain("p4", error.Message, StringComparison.Ordinal);
            Assert.True(replica.Host.Progress(0).FailsJob);
        }

        File.Move(picture + ".away", picture);
        await using var resumed = new HostedReplica(world.Job(folder), cache);
        await HostedReplica.JoinAsync(1, resumed);

        Assert.Equal(alone.WeightsSha256, (await resumed.UntilAsync(WorkerState.Completed)).WeightsSha256);
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
        // Phases end at 3 and 7. A checkpoint that comes due while another is being written comes late, so which there are is not certain.
        await using (var killed = new HostedReplica(world.Job(folder), world.CacheFolder, stopAt: 7, changed: progress => AwaitCheckpoint(folder, progress.CommittedSteps)))
        {
            await HostedReplica.JoinAsync(1, killed);
            await killed.EndAsync();
        }

        // The newest is damaged, so the one before counts.
        var newest = Directory.GetDirectories(folder, "step-*").OrderDescending(StringComparer.Ordinal).ToArray();
        Tear(newest[0]);
        Assert.NotNull(await ManifestFolder.TryOpenAsync(ArtifactLocation.Open(new FolderAddress(newest[1])), TestContext.Current.CancellationToken));
        var restored = new List<WorkerProgress>();
        await using var resumed = new HostedReplica(world.Job(folder), world.CacheFolder, changed: restored.Add);
        await HostedReplica.JoinAsync(1, resumed);
        var done = await resumed.UntilAsync(WorkerState.Completed);

        Assert.EndsWith($"{restored.First(progress => progress.CommittedSteps > 0).CommittedSteps:D8}", newest[1], StringComparison.Ordinal);
        Assert.Contains(newest[0], restored.First(progress => progress.CommittedSteps > 0).CheckpointProblem, StringComparison.Ordinal);
        Assert.Equal(alone.WeightsSha256, done.WeightsSha256);
        Assert.Equal(15, done.Checkpoint?.Step);
        Assert.InRange(Directory.GetDirectories(folder, "step-*").Length, 1, 3);
    }

    [Theory]
    [InlineData("history", "holds the records of 0 steps, but is that after step 5")]
    [InlineData("position", "holds the records of 5 steps, but not after which step it is")]
    [InlineData("optimizer/second", "lacks the optimizer's moments after step 2 of alignment/generation")]
    [InlineData(null, "expected the checkpoint of step 9, found that of step 5")]
    public async Task A_checkpoint_that_is_as_its_manifest_says_but_no_state_of_its_step_gives_way_to_the_one_before(string? lost, string problem)
    {
        var alone = await RunAsync(1);
        var folder = world.NewRunFolder();
        var job = TrainingJob.Parse(TinyWorld.Yaml(folder, policy: "everySteps: 5, keep: 3"), world.Root);
        string At(long step) => Path.Combine(folder, $"step-{step:D8}");
        void AwaitManifest(WorkerProgress progress)
        {
            if (progress.CommittedSteps is 3 or 5)
                Assert.True(SpinWait.SpinUntil(() => File.Exists(Path.Combine(At(progress.CommittedSteps), ManifestFolder.ManifestName)), TimeSpan.FromSeconds(60)));
        }

        await using (var killed = new HostedReplica(job, world.CacheFolder, stopAt: 5, changed: AwaitManifest))
        {
            await HostedReplica.JoinAsync(1, killed);
            await killed.EndAsync();
        }

        if (lost is null) Directory.Move(At(5), At(9));
        else await RewriteAsync(At(5), without: lost);
        var restored = new List<WorkerProgress>();
        await using var resumed = new HostedReplica(job, world.CacheFolder, changed: restored.Add);
        await HostedReplica.JoinAsync(1, resumed);
        var done = await resumed.UntilAsync(WorkerState.Completed);

        var first = restored.First(progress => progress.CommittedSteps > 0);
        Assert.Equal(3, first.CommittedSteps);
        Assert.Contains(lost is null ? At(9) : At(5), first.CheckpointProblem, StringComparison.Ordinal);
        Assert.Contains(problem, first.CheckpointProblem, StringComparison.Ordinal);
        Assert.Equal(alone.WeightsSha256, done.WeightsSha256);
    }

    [Theory]
    [InlineData("folder")]
    [InlineData("azblob")]
    public async Task What_is_no_model_where_the_trained_one_would_go_is_left_and_refused_before_training(string kind)
    {
        var server = kind == "folder" ? null : await azurite.ServerAsync();
        var to = server is null ? new FolderAddress(world.NewRunFolder()) : (ArtifactAddress)await server.NewAddressAsync(TestContext.Current.CancellationToken);
        var place = ArtifactLocation.Open(to.Under("model"), server?.Access);
        async Task<WorkerProgress> TrainAsync()
        {
            await using var replica = new HostedReplica(world.Job(to.ToString()), world.CacheFolder, storage: server?.Access);
            await HostedReplica.JoinAsync(1, replica);
            return await replica.UntilAsync(WorkerState.Completed);
        }

        await place.Under("plugins").WriteAsync("half", new byte[1], TestContext.Current.CancellationToken);
        await place.Under("src").WriteAsync("notes.txt", new byte[1], TestContext.Current.CancellationToken);
        var error = await Assert.ThrowsAsync<InvalidOperationException>(TrainAsync);

        Assert.Equal($"checkpoints.to is '{to}', where the trained model goes to '{to}/model' and would replace what is there and is no model, such as 'src'; name another place, or move that away.", error.Message);
        Assert.Equal(["model"], await ArtifactLocation.Open(to, server?.Access).ListFoldersAsync(TestContext.Current.CancellationToken));
        Assert.Equal(1, await place.Under("src").LengthAsync("notes.txt", TestContext.Current.CancellationToken));

        // A part of an earlier one is what a process that was killed leaves.
        await place.Under("src").DeleteAllAsync(TestContext.Current.CancellationToken);
        Assert.Equal(15, (await TrainAsync()).CommittedSteps);
    }

    [Fact]
    public async Task Exports_a_model_folder_with_a_plugin_for_each_task()
    {
        var done = await RunAsync(2);

        using var model = HealthGptModel.Load(done.ModelFolder!, torch.ScalarType.Float32, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(["super-resolution", "vqa"], model.Manifest.Plugins.Keys.Order());
        using var plugin = model.LoadPlugin("super-resolution", cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal("Sharpen.", plugin.Prompt);
        Assert.Equal((8, 16d, 4), (plugin.HLora.Rank, plugin.HLora.Alpha, plugin.HLora.Experts));
    }

    [Fact]
    public async Task In_blob_storage_checkpoints_and_the_model_are_whole_and_the_model_loads_where_it_is_fetched_beside_its_base()
    {
        var alone = await RunAsync(1);
        var server = await azurite.ServerAsync();
        var to = await server.NewAddressAsync(TestContext.Current.CancellationToken);
        await using var replica = new HostedReplica(world.Job(to.ToString()), world.CacheFolder, storage: server.Access);
        await HostedReplica.JoinAsync(1, replica);
        var done = await replica.UntilAsync(WorkerState.Completed);

        Assert.Equal((alone.WeightsSha256, 15, $"{to}/model"), (done.WeightsSha256, done.Checkpoint?.Step, done.ModelFolder));
        var fetched = Path.Combine(world.Root, "fetched");
        await foreach (var blob in server.Container(to).GetBlobsAsync(new() { Prefix = $"{to.BlobPath}/model/" }, TestContext.Current.CancellationToken))
        {
            var path = Path.Combine(fetched, blob.Name[$"{to.BlobPath}/model/".Length..]);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await server.Container(to).GetBlobClient(blob.Name).DownloadToAsync(path, TestContext.Current.CancellationToken);
        }

        using var model = HealthGptModel.Load(fetched, torch.ScalarType.Float32, cancellationToken: TestContext.Current.CancellationToken);
        using var plugin = model.LoadPlugin("vqa", cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal("tiny", model.Manifest.Name);
    }

    [Fact]
    public async Task A_container_that_goes_away_costs_no_step_and_is_an_error_only_of_the_finished_model()
    {
        var server = await azurite.ServerAsync();
        var to = await server.NewAddressAsync(TestContext.Current.CancellationToken);
        await using var replica = new HostedReplica(world.Job(to.ToString()), world.CacheFolder, storage: server.Access, changed: progress =>
        {
            if (progress.CommittedSteps == 7) server.Container(to).DeleteIfExists();
        });
        await HostedReplica.JoinAsync(1, replica);

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => replica.UntilAsync(WorkerState.Completed));

        Assert.Contains($"the trained model could not be written to '{to}/model'", error.Message, StringComparison.Ordinal);
        var progress = replica.Host.Progress(0);
        Assert.Equal((15, false), (progress.CommittedSteps, progress.FailsJob));
        Assert.Contains($"has no container '{to.Container}'", progress.CheckpointProblem, StringComparison.Ordinal);
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
            Assert.StartsWith("sample 3 of dataset 'torn' (SHA-256 ", Assert.Single((await replica.UntilAsync(WorkerState.Ready)).BadSamples), StringComparison.Ordinal);
            return;
        }

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => replica.UntilAsync(WorkerState.Ready));
        Assert.Contains("sample 3 of dataset 'torn' (SHA-256 ", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("torn.jsonl", error.Message, StringComparison.Ordinal);
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

    private static void AwaitCheckpoint(string folder, long step)
    {
        if (step is not (2 or 6)) return;
        Assert.True(SpinWait.SpinUntil(() => Directory.GetFiles(folder, ManifestFolder.ManifestName, SearchOption.AllDirectories).Length >= (step == 2 ? 1 : 2), TimeSpan.FromSeconds(60)));
    }

    private static void Collect()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }

    private static async Task RewriteAsync(string checkpoint, string without)
    {
        var location = ArtifactLocation.Open(new FolderAddress(checkpoint));
        var whole = (await ManifestFolder.FindAsync(location, TestContext.Current.CancellationToken))!;
        using var scope = torch.NewDisposeScope();
        using var file = SafetensorsFile.Parse(await whole.ReadAsync(Assert.Single(whole.Files), TestContext.Current.CancellationToken));
        using var rest = new MemoryStream();
        SafetensorsWriter.Write(rest, [.. file.Entries.Keys.Where(name => name != without).Select(name => KeyValuePair.Create(name, file.Read(name)))]);
        var files = new[] { KeyValuePair.Create("rest.safetensors", (ReadOnlyMemory<byte>)rest.ToArray()) };
        await ManifestFolder.WriteAsync(location, files, whole.Metadata, TestContext.Current.CancellationToken);
    }

    private static void Tear(string checkpoint)
    {
        var file = Directory.GetFiles(checkpoint, "*.safetensors")[0];
        var bytes = File.ReadAllBytes(file);
        bytes[^1] ^= 1;
        File.WriteAllBytes(file, bytes);
    }

    private Task<WorkerProgress> RunAsync(int workers, TrainingJob? job = null, Action<WorkerProgress>? changed = null) =>
        HostedReplica.RunAsync(job ?? world.Job(), world.CacheFolder, workers, changed);
}

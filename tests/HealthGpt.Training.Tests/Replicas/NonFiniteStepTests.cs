using HealthGpt.Model;
using HealthGpt.Model.Folders;
using HealthGpt.Model.Weights;
using HealthGpt.Training.Jobs;
using HealthGpt.Training.Replicas;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace HealthGpt.Training.Tests.Replicas;

/// <summary>Steps whose loss is not a number: by a sample with a token whose embedding is infinite, and by memory that goes bad.</summary>
public sealed class NonFiniteStepTests(TinyWorld world) : IClassFixture<TinyWorld>
{
    private const char Poison = 'Z';

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task A_batch_that_cannot_be_learnt_is_skipped_by_all_and_its_samples_are_named(int workers)
    {
        var job = Poisoned("skip");
        var done = await RunAsync(job, workers);

        var skipped = done.Steps.Where(step => step.Skipped).ToList();
        Assert.NotEmpty(skipped);
        Assert.All(done.Steps, step => Assert.Equal(!double.IsFinite(step.Loss), step.Skipped));
        Assert.All(skipped, step => Assert.Contains(step.SkippedSamples, name => name.StartsWith("sample 3 of dataset 'poisoned' (SHA-256 ", StringComparison.Ordinal)));
        Assert.All(done.Steps.Where(step => !step.Skipped), step => Assert.Empty(step.SkippedSamples));
        Assert.Equal((await RunAsync(job with { Checkpoints = job.Checkpoints with { To = world.Job().Checkpoints.To } }, 2)).WeightsSha256, done.WeightsSha256);
    }

    [Theory]
    [InlineData("stop", "set onNonFinite to skip or roll-back")]
    [InlineData("roll-back", "no better after going back to the last checkpoint")]
    public async Task A_batch_that_cannot_be_learnt_stops_the_job_with_its_samples_and_leaves_the_checkpoint(string policy, string expected)
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => RunAsync(Poisoned(policy), 2));

        Assert.Contains("the loss is NaN", error.Message, StringComparison.Ordinal);
        Assert.Contains("sample 3 of dataset 'poisoned' (SHA-256 ", error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Weights_that_go_bad_in_memory_are_healed_by_going_back_and_change_no_bit()
    {
        var job = world.Job(extra: "onNonFinite: roll-back");
        var untouched = await RunAsync(world.Job(), 1);
        var spoilt = false;
        await using var first = new HostedReplica(job, world.CacheFolder, "first");
        HostedReplica? second = null;
        second = new HostedReplica(job, world.CacheFolder, "second", changed: progress =>
        {
            if (spoilt || progress.CommittedSteps != 5) return;
            spoilt = true;
            using var noGrad = no_grad();
            second!.Host.State!.Weights["shared/generation/adapter/base_model.model.model.mm_projector.2.bias"].fill_(float.NaN);
        });
        await using (second)
        {
            await HostedReplica.JoinAsync(1, first, second);
            var done = await first.UntilAsync(WorkerState.Completed);

            Assert.True(spoilt);
            Assert.Equal(2, done.Starts);
            Assert.Equal(untouched.WeightsSha256, done.WeightsSha256);
            Assert.Equal(untouched.Steps.Select(step => step.Loss), done.Steps.Select(step => step.Loss));
        }
    }

    private TrainingJob Poisoned(string policy)
    {
        WritePoisonedModel();
        var lines = File.ReadAllLines(Path.Combine(world.Root, "vqa.jsonl"));
        lines[2] = lines[2].Replace("Is it bright?", $"Is it bright{Poison}?", StringComparison.Ordinal);
        File.WriteAllLines(Path.Combine(world.Root, "poisoned.jsonl"), lines);
        File.WriteAllText(
            Path.Combine(world.Root, "poisoned.yaml"), File.ReadAllText(Path.Combine(world.Root, "dataset.yaml")).Replace("vqa.jsonl", "poisoned.jsonl", StringComparison.Ordinal));
        return world.Job(precision: "float32", extra: $"onNonFinite: {policy}") with { Data = Path.Combine(world.Root, "poisoned.yaml"), Model = Path.Combine(world.Root, "poisoned") };
    }

    private void WritePoisonedModel()
    {
        var folder = Path.Combine(world.Root, "poisoned");
        if (Directory.Exists(folder)) return;
        TinyModel.Write(folder);
        var fusion = Path.Combine(folder, "fusion.safetensors");
        using (var model = HealthGptModel.Load(folder, ScalarType.Float32))
        using (var vocabulary = model.Vocabulary.Clone())
        using (var row = vocabulary.Embedding[Poison])
        using (row.fill_(float.PositiveInfinity))
        using (var stream = File.Create(fusion))
            SafetensorsWriter.Write(stream, vocabulary.NamedTensors());
        (ModelManifest.Load(folder) with { Fusion = new ModelPart("fusion.safetensors", PartHash.Of(fusion)) }).Save(folder);
    }

    private Task<WorkerProgress> RunAsync(TrainingJob job, int workers) => HostedReplica.RunAsync(job, world.CacheFolder, workers);
}

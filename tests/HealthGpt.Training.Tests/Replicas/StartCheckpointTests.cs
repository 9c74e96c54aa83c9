using HealthGpt.Storage.Locations;
using HealthGpt.Storage.Manifests;
using HealthGpt.Training.Jobs;
using HealthGpt.Training.Replicas;
using Xunit;

namespace HealthGpt.Training.Tests.Replicas;

public sealed class StartCheckpointTests(TinyWorld world) : IClassFixture<TinyWorld>
{
    private const string Alignment = """
          - stage: alignment
            comprehension: { steps: 3, batch: 5 }
            generation: { steps: 4, batch: 4, dropout: 0.05 }
        """;

    private const string Rest = """
          - stage: adaptation
            mixed: { steps: 2, batch: 9 }
          - stage: instruction
            tasks:
              vqa: { steps: 3, batch: 7, schedule: cosine }
              super-resolution: { steps: 3, batch: 4 }
        """;

    [Fact]
    public async Task The_last_stages_started_from_the_first_ones_checkpoint_end_with_the_bits_of_the_whole_curriculum()
    {
        var whole = await RunAsync(Yaml(Alignment + "\n" + Rest));
        var first = await RunAsync(Yaml(Alignment));

        var rest = await RunAsync($"start: {first.Checkpoint!.Folder}\n" + Yaml(Rest), workers: 2);

        // Dropout is seeded by the step of the job, and what follows the first stage here has none.
        Assert.Equal(whole.WeightsSha256, rest.WeightsSha256);
        Assert.Equal(whole.Steps.Skip(7).Select(step => step.Loss), rest.Steps.Select(step => step.Loss));
    }

    [Theory]
    [InlineData("rank", "but the job's is rank 4, alpha 8, experts 2 for comprehension and rank 16,")]
    [InlineData("alpha", "but the job's is rank 4, alpha 8, experts 2 for comprehension and rank 8, alpha 320,")]
    [InlineData("empty", "which is damaged: ")]
    [InlineData("other", "which is no state of a job (notes.txt: is 5 bytes long")]
    [InlineData("missing", "which has no checkpoint; name a folder such as step-00000050")]
    [InlineData("damaged", "which is damaged: ")]
    [InlineData("model", "a checkpoint of another model (of job 'start')")]
    public async Task A_checkpoint_that_does_not_fit_is_refused_before_training(string fault, string expected)
    {
        var first = (await RunAsync(Yaml(Alignment))).Checkpoint!.Folder;
        var yaml = Yaml(Rest);
        if (fault == "rank") yaml = yaml.Replace("generation: { rank: 8", "generation: { rank: 16", StringComparison.Ordinal);
        if (fault == "alpha") yaml = yaml.Replace("generation: { rank: 8", "generation: { rank: 8, alpha: 320", StringComparison.Ordinal);
        if (fault == "empty") File.WriteAllText(Path.Combine(first, "manifest.json"), """{ "files": [], "metadata": {} }""");
        if (fault == "other")
            await ManifestFolder.WriteAsync(
                ArtifactLocation.Open(new FolderAddress(first)), [KeyValuePair.Create("notes.txt", (ReadOnlyMemory<byte>)"hello"u8.ToArray())], new Dictionary<string, string>(),
                TestContext.Current.CancellationToken);
        if (fault == "missing") first = Path.GetDirectoryName(first)!;
        if (fault == "damaged") File.WriteAllBytes(Directory.GetFiles(first, "*.safetensors")[0], [1, 2, 3]);
        if (fault == "model") yaml = yaml.Replace("model: model", $"model: {OtherModel()}", StringComparison.Ordinal);

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => RunAsync($"start: {first}\n" + yaml));

        Assert.Contains($"start is '{first}'", error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        if (OperatingSystem.IsLinux()) Assert.DoesNotContain("feature cache", Directory.GetDirectories("/proc/self/task").Select(NameOf));
    }

    [Fact]
    public async Task A_start_that_is_gone_is_missed_only_where_there_is_no_checkpoint_to_go_on_from()
    {
        var first = (await RunAsync(Yaml(Alignment))).Checkpoint!.Folder;
        var yaml = $"start: {first}\n" + Yaml(Rest);
        var rest = await RunAsync(yaml);
        Directory.Delete(first, recursive: true);

        var again = await RunAsync(yaml);

        Assert.Equal((8, 8), (again.StepsAtStart, again.CommittedSteps));
        Assert.Equal(rest.WeightsSha256, again.WeightsSha256);
        Assert.Null(TrainingJob.Parse(yaml, world.Root).FindStartProblem());
        var other = TrainingJob.Parse(yaml.Replace("steps: 2, batch: 9", "steps: 2, batch: 8", StringComparison.Ordinal), world.Root);
        Assert.Contains("of a job that differs in stages[0].mixed.batch (9 there, 8 here) (job ", (await Assert.ThrowsAsync<InvalidOperationException>(() => HostedReplica.RunAsync(other, world.CacheFolder))).Message, StringComparison.Ordinal);

        foreach (var folder in Directory.GetDirectories(Path.GetDirectoryName(rest.Checkpoint!.Folder)!, "step-*")) Directory.Delete(folder, recursive: true);
        Assert.StartsWith("has no checkpoint; ", TrainingJob.Parse(yaml, world.Root).FindStartProblem(), StringComparison.Ordinal);
        Assert.Contains($"start is '{first}', which has no checkpoint", (await Assert.ThrowsAsync<InvalidOperationException>(() => RunAsync(yaml))).Message, StringComparison.Ordinal);
    }

    private string OtherModel()
    {
        var folder = Path.Combine(world.Root, "other");
        TinyModel.Write(folder, seed: 5);
        return folder;
    }

    private string Yaml(string stages) => $$"""
        name: start
        model: model
        data: dataset.yaml
        preset: nano
        seed: 20262
        shards: 4
        workers: { max: 2 }
        checkpoints: { to: "{{world.NewRunFolder()}}" }
        hlora: { comprehension: { rank: 4, experts: 2 }, generation: { rank: 8, experts: 4 } }
        stages:
        {{stages}}
        """;

    private static string NameOf(string task)
    {
        try
        {
            return File.ReadAllText(Path.Combine(task, "comm")).Trim();
        }
        catch (IOException)
        {
            // It has just ended.
            return "";
        }
    }

    private Task<WorkerProgress> RunAsync(string yaml, int workers = 1) => HostedReplica.RunAsync(TrainingJob.Parse(yaml, world.Root), world.CacheFolder, workers);
}

using HealthGpt.Cluster.Abstractions.Serving;
using HealthGpt.Cluster.Abstractions.Training;
using HealthGpt.Cluster.TestingHost;
using HealthGpt.Data.Images;
using HealthGpt.Training.Tests;
using Xunit;

namespace HealthGpt.Cluster.Tests.Serving;

/// <summary>With the real engines: what the cluster has trained it can serve.</summary>
public sealed class TrainedModelTests : IDisposable
{
    private readonly TinyWorld _world = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact(Timeout = 300_000)]
    public async Task Serves_the_model_that_a_job_has_exported_in_words_and_in_pictures()
    {
        await File.WriteAllBytesAsync(Path.Combine(_world.Root, "images", "torn.png"), [1, 2, 3], Stop);
        await File.AppendAllTextAsync(
            Path.Combine(_world.Root, "vqa.jsonl"),
            """{"image":["torn.png"],"conversations":[{"from":"human","value":"<image>\nWhere?"},{"from":"gpt","value":"nowhere"}]}""" + "\n",
            Stop);
        await using var cluster = await InMemoryHealthGptCluster.StartAsync(2, _world.CacheFolder, cancellationToken: Stop);
        var trainer = cluster.Client.GetGrain<ITrainerGrain>("to-serve");
        await trainer.SubmitAsync(new JobSubmission { Yaml = Yaml, BaseFolder = _world.Root }, Stop);
        var trained = await Eventually.BecomesAsync(() => trainer.GetStatusAsync(cancellationToken: Stop), status => status.HasEnded, "the end of the job");
        Assert.True(trained.State == JobState.Completed, trained.Error);
        Assert.StartsWith("sample 7 of dataset ", Assert.Single(trained.LeftOutSamples!.First), StringComparison.Ordinal);

        var catalog = cluster.Client.GetGrain<IPluginCatalogGrain>(IPluginCatalogGrain.Key);
        await catalog.ServeAsync(trained.ModelFolder!, 2, Stop);
        var serving = await Eventually.BecomesAsync(
            () => catalog.GetStatusAsync(Stop),
            status => status.State is ServingState.Failed || status.Replicas.Count(replica => replica.Engine.Condition == EngineCondition.Ready) == 2,
            "two ready replicas");
        Assert.True(serving.State == ServingState.Ready, serving.Error);
        Assert.Equal(["super-resolution", "vqa"], serving.Tasks.Select(task => task.Task).Order());

        var picture = await File.ReadAllBytesAsync(Path.Combine(_world.Root, "images", "p0.png"), Stop);
        var words = await AskAsync(cluster, new InferenceRequest { Task = "vqa", Question = "Is it bright?", Images = new[] { picture }, MaxTokens = 5 });
        var drawn = await AskAsync(cluster, new InferenceRequest { Task = "super-resolution", Question = "Sharpen.", Images = new[] { picture, picture } });
        Assert.True(words[^1].Finish is "stop" or "length", words[^1].Finish);
        Assert.InRange(words[^1].Tokens, 0, 5);
        Assert.True(RgbImage.Decode(drawn[^1].ImagePng, "the answer").Width > 0);

        var refusal = await Assert.ThrowsAsync<InferenceRequestException>(
            () => AskAsync(cluster, new InferenceRequest { Task = "vqa", Question = "Is it bright?", Images = new[] { new byte[] { 1, 2, 3 } } }));
        Assert.Equal("images", refusal.Param);
    }

    public void Dispose() => _world.Dispose();

    private static async Task<List<InferenceChunk>> AskAsync(InMemoryHealthGptCluster cluster, InferenceRequest request)
    {
        var chunks = new List<InferenceChunk>();
        var gateway = cluster.Client.GetGrain<IInferenceGatewayGrain>(Guid.NewGuid().ToString());
        await foreach (var chunk in gateway.InferAsync(request, Stop)) chunks.Add(chunk);
        return chunks;
    }

    private const string Yaml = """
        name: to-serve
        model: model
        data: dataset.yaml
        preset: nano
        seed: 20264
        shards: 2
        workers: { min: 1, max: 2 }
        checkpoints: { to: runs/to-serve, everySteps: 20, keep: 2 }
        hlora: { comprehension: { rank: 4, experts: 2 }, generation: { rank: 8, experts: 4 } }
        stages:
          - stage: alignment
            comprehension: { steps: 2, batch: 4 }
            generation: { steps: 2, batch: 4 }
          - stage: instruction
            tasks:
              vqa: { steps: 2, batch: 4 }
              super-resolution: { steps: 2, batch: 4 }
        """;
}

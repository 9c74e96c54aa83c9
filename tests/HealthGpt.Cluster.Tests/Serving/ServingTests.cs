using HealthGpt.Cluster.Abstractions.Devices;
using HealthGpt.Cluster.Abstractions.Serving;
using HealthGpt.Cluster.Serving;
using HealthGpt.Cluster.TestingHost;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace HealthGpt.Cluster.Tests.Serving;

public sealed class ServingTests : IDisposable
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private readonly string _models = Directory.CreateTempSubdirectory("healthgpt-serving-").FullName;

    [Fact(Timeout = 180_000)]
    public async Task Serves_goes_on_without_a_killed_silo_and_frees_devices_at_the_end()
    {
        await using var cluster = await StartAsync(3);
        await ServeAsync(cluster, Model("good"), 2, ServingState.Ready, ready: 2);

        var answer = await AskAsync(cluster, "what is this");
        await cluster.KillSiloAsync(answer.Silo);
        var after = await Eventually.BecomesAsync(
            () => StatusAsync(cluster),
            status => status.Replicas.Count(replica => replica.Engine.Condition == EngineCondition.Ready && replica.Silo != answer.Silo) == 2,
            "a second replica on a living silo");
        var second = await AskAsync(cluster, "and this");

        Assert.Equal(("what is this", "stop"), (answer.Text, answer.Finish));
        Assert.Equal(("and this", "stop"), (second.Text, second.Finish));
        Assert.DoesNotContain(after.Replicas, replica => replica.Silo == answer.Silo);
        Assert.Equal("vqa", Assert.Single(after.Tasks).Task);

        await Catalog(cluster).StopAsync(Stop);
        var pool = cluster.Client.GetGrain<IDevicePoolGrain>(IDevicePoolGrain.Key);
        await Eventually.BecomesAsync(() => pool.ListAsync(Stop), devices => devices.All(device => device.Lease is null), "the release of the devices");
        await Assert.ThrowsAsync<ServingUnavailableException>(() => AskAsync(cluster, "anyone there"));
    }

    [Fact(Timeout = 120_000)]
    public async Task Asks_another_replica_when_one_dies_before_its_first_word()
    {
        await using var cluster = await StartAsync(2);
        await ServeAsync(cluster, Model("good"), 2, ServingState.Ready, ready: 2);
        var mute = cluster.SiloNames[0];
        ScriptedEngines.Mute[mute] = true;
        try
        {
            for (var request = 0; request < 6; request++)
                Assert.Equal(cluster.SiloNames[1], (await AskAsync(cluster, "who speaks")).Silo);
        }
        finally
        {
            ScriptedEngines.Mute.TryRemove(mute, out _);
        }
    }

    [Fact(Timeout = 120_000)]
    public async Task Refuses_bad_requests_by_the_part_that_is_wrong()
    {
        await using var cluster = await StartAsync(1);
        await ServeAsync(cluster, Model("good"), 1, ServingState.Ready, ready: 1);

        var task = await Assert.ThrowsAsync<InferenceRequestException>(() => AskAsync(cluster, "what", "vqaa"));
        var question = await Assert.ThrowsAsync<InferenceRequestException>(() => AskAsync(cluster, " "));
        var image = await Assert.ThrowsAsync<InferenceRequestException>(() => AskAsync(cluster, "what", images: [[]]));

        Assert.Equal("task", task.Param);
        Assert.Contains("'vqa'", task.Message, StringComparison.Ordinal);
        Assert.Equal("question", question.Param);
        Assert.Equal("images", image.Param);
    }

    [Fact(Timeout = 120_000)]
    public async Task Says_why_a_model_cannot_be_served()
    {
        await using var cluster = await StartAsync(1);

        var refusal = await Assert.ThrowsAsync<ServingRefusedException>(() => Catalog(cluster).ServeAsync(Path.Combine(_models, "none"), 1, Stop));
        var failed = await ServeAsync(cluster, Model("broken"), 1, ServingState.Failed, ready: 0);

        Assert.Contains("healthgpt.json", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("SHA-256 differs", failed.Error, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_models, recursive: true);

    private static Task<InMemoryHealthGptCluster> StartAsync(int silos) =>
        InMemoryHealthGptCluster.StartAsync(
            silos, Path.GetTempPath(), silo => silo.Services.AddSingleton<IServingEngines, ScriptedEngines>(), cancellationToken: Stop);

    private static IPluginCatalogGrain Catalog(InMemoryHealthGptCluster cluster) => cluster.Client.GetGrain<IPluginCatalogGrain>(IPluginCatalogGrain.Key);

    private static async Task<ServingStatus> ServeAsync(InMemoryHealthGptCluster cluster, string folder, int replicas, ServingState state, int ready)
    {
        await Catalog(cluster).ServeAsync(folder, replicas, Stop);
        return await Eventually.BecomesAsync(
            () => StatusAsync(cluster),
            status => status.State == state && status.Replicas.Count(replica => replica.Engine.Condition == EngineCondition.Ready) == ready,
            $"serving to be {state}");
    }

    private static async Task<ServingStatus> StatusAsync(InMemoryHealthGptCluster cluster)
    {
        try
        {
            return await Catalog(cluster).GetStatusAsync(Stop);
        }
        catch (Exception error) when (error is OrleansException or TimeoutException)
        {
            // The catalog lived on a silo that was just killed.
            return new ServingStatus();
        }
    }

    private static async Task<(string Silo, string Text, string? Finish)> AskAsync(
        InMemoryHealthGptCluster cluster, string question, string task = "vqa", IReadOnlyList<byte[]>? images = null)
    {
        var gateway = cluster.Client.GetGrain<IInferenceGatewayGrain>(Guid.NewGuid().ToString());
        var chunks = new List<InferenceChunk>();
        var request = new InferenceRequest { Task = task, Question = question, Images = images?.ToArray() ?? [] };
        await foreach (var chunk in gateway.InferAsync(request, Stop)) chunks.Add(chunk);
        return (chunks[0].Text, string.Concat(chunks.Skip(1).Select(chunk => chunk.Text)).Trim(), chunks[^1].Finish);
    }

    private string Model(string name)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_models, name)).FullName;
        File.WriteAllText(Path.Combine(folder, "healthgpt.json"), "{}");
        return folder;
    }
}

using HealthGpt.Storage.Locations;
using HealthGpt.Storage.Tests.Blobs;
using HealthGpt.Training.Tests.Checkpoints;

namespace HealthGpt.Training.Tests.Samples;

public sealed class BlobDatasetTests(TinyWorld world, Azurite azurite) : IClassFixture<TinyWorld>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Timeout = 300_000)]
    public async Task Pictures_in_blob_storage_train_the_same_weights_as_files()
    {
        var server = await azurite.ServerAsync();
        var root = await server.NewAddressAsync(Token);
        foreach (var path in Directory.GetFiles(Path.Combine(world.Root, "images")))
            await server.Container(root).GetBlobClient($"{root.BlobPath}/{Path.GetFileName(path)}").UploadAsync(path, Token);
        var dataset = await File.ReadAllTextAsync(Path.Combine(world.Root, "dataset.yaml"), Token);
        await File.WriteAllTextAsync(Path.Combine(world.Root, "remote.yaml"), dataset.Replace("root: images/", $"root: '{root}'", StringComparison.Ordinal), Token);

        var files = await TrainAsync("dataset.yaml", null);
        var blobs = await TrainAsync("remote.yaml", server.ConnectionString);

        Assert.StartsWith("done ", files, StringComparison.Ordinal);
        Assert.Equal(files, blobs);
        Assert.NotEmpty(Directory.GetFiles(Path.Combine(world.Root, "cache", "pictures"), "*", SearchOption.AllDirectories));
    }

    private async Task<string> TrainAsync(string dataset, string? connectionString)
    {
        var path = Path.Combine(world.Root, $"job-{Guid.NewGuid():N}.yaml");
        var yaml = TinyWorld.Yaml(new FolderAddress(world.NewRunFolder()).ToString());
        await File.WriteAllTextAsync(path, yaml.Replace("data: dataset.yaml", $"data: {dataset}", StringComparison.Ordinal), Token);
        using var process = TrainingProcess.Start(path, connectionString);
        return await process.EndAsync(Token);
    }
}

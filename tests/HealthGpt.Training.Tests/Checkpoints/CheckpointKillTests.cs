using HealthGpt.Storage.Locations;
using HealthGpt.Storage.Manifests;
using HealthGpt.Storage.Tests.Blobs;

namespace HealthGpt.Training.Tests.Checkpoints;

public sealed class CheckpointKillTests(TinyWorld world, Azurite azurite) : IClassFixture<TinyWorld>
{
    private const int Kills = 10;
    private const int Seed = 200;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory(Timeout = 600_000)]
    [InlineData("folder")]
    [InlineData("azblob")]
    public async Task Killed_around_checkpoints_none_is_unreadable_none_is_lost_and_the_weights_end_as_if_never_stopped(string kind)
    {
        var server = kind == "folder" ? null : await azurite.ServerAsync();
        async Task<(ArtifactAddress, string?)> PlaceAsync() =>
            server is null ? (new FolderAddress(world.NewRunFolder()), null) : (await server.NewAddressAsync(Token), server.ConnectionString);
        var kills = new CheckpointKills(world.Root, PlaceAsync, Seed);
        TestContext.Current.SendDiagnosticMessage($"seed {Seed}");

        await kills.RunAsync(Kills, told => TestContext.Current.SendDiagnosticMessage(told), Token);

        Assert.True(kills.Faults.Count == 0, string.Join("\n", kills.Faults));
        Assert.Equal(Kills, kills.Kills);
    }

    [Fact(Timeout = 300_000)]
    public async Task On_a_full_disk_training_goes_on_with_its_last_good_checkpoint_and_only_the_model_is_an_error()
    {
        var to = new FolderAddress(world.NewRunFolder());
        var undisturbed = await EndAsync(Job(new FolderAddress(world.NewRunFolder())));
        Assert.Equal(undisturbed, await EndAsync(Job(to)));
        LeaveTheOldest(to);
        // Computed again, they cannot be kept either.
        Directory.Delete(Path.Combine(world.CacheFolder, "features"), recursive: true);

        // Checkpoints, the model and a picture's features are larger.
        using var full = TrainingProcess.Start(Job(to), null, mostFileKilobytes: 1);
        var last = await full.EndAsync(Token);

        var told = $"could not be written to '{to}', the one of step {full.Checkpoint} stays";
        Assert.Contains(full.Said, line => line.StartsWith("problem the checkpoint of step ", StringComparison.Ordinal) && line.Contains(told, StringComparison.Ordinal));
        Assert.Contains("step 15", full.Said);
        Assert.StartsWith($"failed the trained model could not be written to '{to.Under("model")}'", last, StringComparison.Ordinal);
        Assert.InRange(full.Checkpoint, 1, 14);
        Assert.NotNull(await ManifestFolder.TryOpenAsync(ArtifactLocation.Open(to).Under($"step-{full.Checkpoint:D8}"), Token));
        Assert.Equal(undisturbed, await EndAsync(Job(to)));
    }

    private static void LeaveTheOldest(FolderAddress to)
    {
        var folders = Directory.GetDirectories(to.FolderPath).Order(StringComparer.Ordinal);
        foreach (var folder in folders.Where(folder => !folder.EndsWith("model", StringComparison.Ordinal)).Skip(1).Append(to.Under("model").FolderPath)) Directory.Delete(folder, recursive: true);
    }

    private static async Task<string> EndAsync(string job)
    {
        using var process = TrainingProcess.Start(job, null);
        return await process.EndAsync(Token);
    }

    private string Job(ArtifactAddress to)
    {
        var path = Path.Combine(world.Root, $"job-{Guid.NewGuid():N}.yaml");
        File.WriteAllText(path, TinyWorld.Yaml(to.ToString(), policy: "everySteps: 1, keep: 100"));
        return path;
    }
}

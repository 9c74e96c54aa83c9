using HealthGpt.Storage.Locations;
using HealthGpt.Storage.Manifests;
using HealthGpt.Storage.Tests.Blobs;
using HealthGpt.Training.Checkpoints;
using HealthGpt.Training.Jobs;
using HealthGpt.Training.Replicas;
using Microsoft.Extensions.Logging.Abstractions;

namespace HealthGpt.Training.Tests.Checkpoints;

public sealed class CheckpointStoreTests(Azurite azurite) : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("healthgpt-checkpoints-");
    private StorageAccess _access = new();
    private ArtifactAddress? _to;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private ArtifactAddress To => _to ??= new FolderAddress(_root.FullName);

    public void Dispose() => _root.Delete(recursive: true);

    [Theory]
    [InlineData("folder", 1)]
    [InlineData("folder", 2)]
    [InlineData("azblob", 2)]
    public async Task Torn_checkpoints_of_later_steps_take_no_whole_ones_place(string kind, int keep)
    {
        await PrepareAsync(kind);
        Write(new CheckpointPolicy(To, 20, keep), 40);
        foreach (var step in new[] { 70, 80 }) await At(step).WriteAsync("state-00000-0.safetensors", new byte[] { 1 }, Token);

        Write(new CheckpointPolicy(To, 20, keep), 60);

        Assert.Equal(keep == 1 ? ["step-00000060"] : ["step-00000040", "step-00000060"], await Location.ListFoldersAsync(Token));
        Assert.Equal(60, Restore().Latest?.Step);
    }

    [Theory]
    [InlineData("folder")]
    [InlineData("azblob")]
    public async Task The_last_and_every_so_manieth_are_kept(string kind)
    {
        await PrepareAsync(kind);

        // Every second of ten steps: the first at or after 20, 40 and 60. One of them came late.
        var policy = new CheckpointPolicy(To, 10, 2, 2);
        foreach (var step in new[] { 10, 20, 30, 41, 45, 50, 60, 70, 75 }) Write(policy, step);

        Assert.Equal([20, 41, 60, 70, 75], (await Location.ListFoldersAsync(Token)).Select(CheckpointName.StepOf).OfType<long>());
    }

    public static TheoryData<string, string, string> Damages()
    {
        var damages = new TheoryData<string, string, string>();
        foreach (var kind in new[] { "folder", "azblob" })
        {
            damages.Add(kind, "changed", "expected SHA-256");
            damages.Add(kind, "cut", "expected 3 bytes, found 2 bytes");
            damages.Add(kind, "removed", "expected 3 bytes, found no such file");
            damages.Add(kind, "manifest", "expected a manifest, found 1 bytes");
        }

        return damages;
    }

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task A_damaged_newest_checkpoint_gives_way_to_the_one_before_and_is_named(string kind, string damage, string message)
    {
        await PrepareAsync(kind);
        var policy = new CheckpointPolicy(To, 10, 3);
        Write(policy, 10, [1, 2, 3]);
        Write(policy, 20, [4, 5, 6]);
        var file = await DamageAsync(20, damage);

        var (latest, problem, read) = Restore();

        Assert.Equal(10, latest?.Step);
        Assert.Equal([1, 2, 3], read);
        Assert.Contains($"'{file}' is damaged: {message}", problem, StringComparison.Ordinal);
        Assert.Contains("goes on from the checkpoint before, of step 10", problem, StringComparison.Ordinal);

        await DamageAsync(10, damage);
        var error = Assert.Throws<JobFailureException>(() => Restore());
        Assert.Contains($"'{To}', where no checkpoint can be read: '{file}' is damaged", error.Message, StringComparison.Ordinal);
        Assert.Contains("step-00000010/", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_checkpoint_that_is_written_again_stays_whole_until_the_new_one_is()
    {
        await PrepareAsync("folder");
        var policy = new CheckpointPolicy(To, 10, 3);
        Write(policy, 10, [1, 2, 3]);
        using (var store = Store(policy))
        {
            // Its folder takes no more files, as on a full disk.
            var folder = Path.Combine(_root.FullName, "step-00000010");
            File.Move(Path.Combine(folder, ManifestFolder.ManifestName), Path.Combine(_root.FullName, "manifest"));
            Directory.Move(folder, folder + "-aside");
            await File.WriteAllTextAsync(folder, "", Token);
            store.Write(10, [[4, 5, 6]], new Dictionary<string, string>());
            store.WaitForWrites();
            Assert.Contains("the checkpoint of step 10 could not be written", store.Problem, StringComparison.Ordinal);
            File.Delete(folder);
            Directory.Move(folder + "-aside", folder);
            File.Move(Path.Combine(_root.FullName, "manifest"), Path.Combine(folder, ManifestFolder.ManifestName));
        }

        Assert.Equal([1, 2, 3], Restore().Read);
        Write(policy, 10, [4, 5, 6]);
        Assert.Equal([4, 5, 6], Restore().Read);
    }

    [Fact]
    public async Task An_attempt_that_fails_leaves_no_folder_and_those_of_earlier_ones_are_swept_at_the_start()
    {
        await PrepareAsync("folder");
        var policy = new CheckpointPolicy(To, 10, 3);
        Write(policy, 10);
        Directory.CreateDirectory(Path.Combine(_root.FullName, "step-00000030"));
        await At(40).WriteAsync("state-00000-0.safetensors", new byte[] { 1 }, Token);
        using var store = Store(policy);

        store.RequireWritable(Token);
        Assert.Equal(["step-00000010", "step-00000040"], await Location.ListFoldersAsync(Token));

        // The state can be written, and the manifest cannot.
        Directory.CreateDirectory(Path.Combine(_root.FullName, "step-00000020", ManifestFolder.ManifestName));
        store.Write(20, [[1, 2, 3]], new Dictionary<string, string>());
        store.WaitForWrites();

        Assert.Contains("the checkpoint of step 20 could not be written", store.Problem, StringComparison.Ordinal);
        Assert.Equal(["step-00000010", "step-00000040"], await Location.ListFoldersAsync(Token));
        Assert.Equal([1, 2, 3], Restore().Read);
    }

    [Fact]
    public async Task A_container_that_goes_away_is_told_and_the_next_checkpoint_is_tried()
    {
        await PrepareAsync("azblob");
        var server = await azurite.ServerAsync();
        var container = server.Container((BlobAddress)To);
        using var store = Store(new CheckpointPolicy(To, 10, 3));
        store.RequireWritable(Token);
        store.Write(10, [[1]], new Dictionary<string, string>());
        store.WaitForWrites();
        await container.DeleteAsync(cancellationToken: Token);

        store.Write(20, [[2]], new Dictionary<string, string>());
        store.WaitForWrites();

        Assert.Equal(10, store.Latest?.Step);
        Assert.Contains($"the checkpoint of step 20 could not be written to '{To}', the one of step 10 stays, and the next is tried when it is due", store.Problem, StringComparison.Ordinal);
        Assert.Contains($"has no container '{container.Name}'", store.Problem, StringComparison.Ordinal);
        await container.CreateAsync(cancellationToken: Token);
        store.Write(30, [[3]], new Dictionary<string, string>());
        store.WaitForWrites();
        Assert.Equal((30, null), (store.Latest?.Step, store.Problem));
    }

    [Fact]
    public async Task A_place_without_permission_is_refused_before_anything_is_trained()
    {
        await PrepareAsync("azblob");
        _access = new StorageAccess { ConnectionString = (await azurite.ServerAsync()).ReadOnlyConnectionString() };
        using var store = Store(new CheckpointPolicy(To, 10, 3));

        var error = Assert.Throws<InvalidOperationException>(() => store.RequireWritable(Token));

        Assert.Contains($"checkpoints.to is '{To}', where nothing can be written: ", error.Message, StringComparison.Ordinal);
        Assert.Contains("there is no permission", error.Message, StringComparison.Ordinal);
    }

    private ArtifactLocation Location => ArtifactLocation.Open(To, _access);

    private ArtifactLocation At(long step) => Location.Under(CheckpointName.Of(step));

    private async Task PrepareAsync(string kind)
    {
        if (kind == "folder") return;
        var server = await azurite.ServerAsync();
        _access = server.Access;
        _to = await server.NewAddressAsync(Token);
    }

    private CheckpointStore Store(CheckpointPolicy policy) => new(policy, _access, NullLogger.Instance);

    private void Write(CheckpointPolicy policy, long step, byte[]? bytes = null)
    {
        using var store = Store(policy);
        store.Write(step, [bytes ?? [1, 2, 3]], new Dictionary<string, string>());
        store.WaitForWrites();
        Assert.Null(store.Problem);
    }

    private (WrittenCheckpoint? Latest, string? Problem, byte[] Read) Restore()
    {
        byte[] read = [];
        using var store = Store(new CheckpointPolicy(To, 20, 3));
        store.Restore(_ => { }, files => read = [.. files.SelectMany(file => file)], Token);
        return (store.Latest, store.Problem, read);
    }

    private async Task<ArtifactAddress> DamageAsync(long step, string damage)
    {
        var state = (await At(step).ListFilesAsync(Token)).Single(file => file.Name != ManifestFolder.ManifestName).Name;
        var name = damage == "manifest" ? ManifestFolder.ManifestName : state;
        if (damage == "removed") await At(step).DeleteAsync(name, Token);
        else await At(step).WriteAsync(name, damage switch { "changed" => new byte[] { 1, 2, 9 }, "cut" => new byte[] { 1, 2 }, _ => "{"u8.ToArray() }, Token);
        return At(step).Address.Under(name);
    }
}

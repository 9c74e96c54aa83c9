using Azure.Storage.Blobs;
using HealthGpt.Data.Images;
using HealthGpt.Data.Samples;
using HealthGpt.Data.Samples.Pictures;
using HealthGpt.Data.Samples.Statistics;
using HealthGpt.Storage.Locations;
using HealthGpt.Storage.Tests.Blobs;

namespace HealthGpt.Data.Tests.Samples.Pictures;

public sealed class BlobImageRootTests(Azurite azurite) : IDisposable
{
    private const int Pictures = 40;

    private readonly TemporaryFolder _folder = new();
    private BlobAddress _root = null!;
    private BlobContainerClient _container = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task ADataset_OverBlobs_IsThatOverTheSameFiles()
    {
        await PrepareAsync();
        var lines = Enumerable.Range(0, Pictures).Select(at => Line($"sub dir/p#{at}?.png", "What?", "a"));
        _folder.Write("good.jsonl", string.Join('\n', lines));
        var cache = new SampleCache(Path.Combine(_folder.Path, "indexes"));
        var local = Dataset.Load(DatasetOf("good.jsonl", "images"), cache, Token);

        for (var opened = 0; opened < 2; opened++)
        {
            var remote = Dataset.Load(DatasetOf("good.jsonl", _root.ToString()), cache, Token);
            Assert.Equal(Pictures, remote.Samples.Count);
            Assert.Equal($"{_root}/sub dir/p#7?.png", Assert.Single(remote.Samples[7].Images));
            for (var at = 0; at < Pictures; at++) Assert.Equal(local.FactsOf(at).ImageSha256, remote.FactsOf(at).ImageSha256);
        }

        Assert.Equal(5, RgbImage.Load($"{_root}/sub dir/p#0?.png").Width);
        var group = Assert.Single(DatasetStatistics.Of(DatasetOf("good.jsonl", _root.ToString()), Token).Groups);
        Assert.Equal((Pictures, 5, 5, 0L), (group.Widths.Count, group.Widths.Least, group.Heights.Most, group.UnreadableImages));
        Assert.True(DatasetCheck.Run(DatasetOf("good.jsonl", _root.ToString()), _ => { }, 2, Token).Good);
    }

    [Fact]
    public async Task ACheck_NamesEveryBadPictureAndTheRoot()
    {
        await PrepareAsync();
        await _container.GetBlobClient($"{_root.BlobPath}/torn.png").UploadAsync(new BinaryData(new byte[] { 1, 2 }), Token);
        await _container.GetBlobClient($"{_root.BlobPath}/empty.png").UploadAsync(new BinaryData(Array.Empty<byte>()), Token);
        await _container.GetBlobClient("secret.png").UploadAsync(new BinaryData(new byte[] { 1 }), Token);
        string[] names = ["../../secret.png", "/secret.png", "none.png", "a/../../x.png", "torn.png", "empty.png", "sub dir/../sub dir/./p#1?.png", " "];
        _folder.Write("bad.jsonl", string.Join('\n', names.Select(name => Line(name, "What?", "a"))));
        var problems = new List<string>();

        var result = DatasetCheck.Run(DatasetOf("bad.jsonl", _root.ToString()), problem => problems.Add(problem.ToString()), 2, Token);

        Assert.Equal((8, 7), (result.Samples, result.Bad));
        string[] expected =
        [
            $"bad.jsonl:1: picture '../../secret.png' lies outside the source's root '{_root}'; pictures must be inside it",
            $"bad.jsonl:2: picture '/secret.png' lies outside the source's root '{_root}'",
            $"bad.jsonl:3: picture 'none.png' does not exist under '{_root}'",
            $"bad.jsonl:4: picture 'a/../../x.png' lies outside",
            $"bad.jsonl:5: picture '{_root}/torn.png': ",
            $"bad.jsonl:6: picture '{_root}/empty.png': it has no bytes: it is empty",
            "bad.jsonl:8: a picture's name is ' ', which is none",
        ];
        Assert.Equal(expected.Length, problems.Count);
        Assert.All(expected.Zip(problems), pair => Assert.Contains(pair.First, pair.Second, StringComparison.Ordinal));
    }

    [Fact]
    public async Task ARootThatCannotBeUsed_IsNamedWithItsLine()
    {
        await PrepareAsync();
        _folder.Write("good.jsonl", Line("a.png", "What?", "a"));
        (string Root, string Problem)[] roots =
        [
            ("azblob://account1", "root is 'azblob://account1', but it must be azblob://ACCOUNT/CONTAINER/PATH"),
            ("gs://bucket/x", "root is 'gs://bucket/x', but it is an address of an unknown kind"),
            ("azblob://otheraccount/images", "is of account 'devhealthgpt'"),
            ($"azblob://{AzuriteServer.Account}/nowhere/x", $"account '{AzuriteServer.Account}' has no container 'nowhere'"),
            ($"{_root}/nothing", $"root is '{_root}/nothing', which holds nothing"),
        ];
        foreach (var (root, problem) in roots)
        {
            var error = Assert.Throws<DatasetException>(() => Dataset.Load(DatasetOf("good.jsonl", root), new SampleCache(null), Token));
            Assert.Contains("dataset.yaml:2: ", Assert.Single(error.Problems), StringComparison.Ordinal);
            Assert.Contains(problem, error.Problems[0], StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task APicture_ComesFromTheCacheAsLongAsItsVersionIsThePresentOne()
    {
        await PrepareAsync();
        var server = await azurite.ServerAsync();
        var cache = new PictureCache(Path.Combine(_folder.Path, "pictures"), 1 << 20);
        BlobPictures Process() => new(() => server.Access, cache);
        var picture = _root.Under("x.png").ToString();
        var blob = _container.GetBlobClient(_root.Under("x.png").BlobPath);

        Assert.False(Process().Fetch(picture));
        await blob.UploadAsync(new BinaryData("one"), Token);
        var first = Process();
        Assert.Equal("one"u8, first.Read(picture));
        Assert.Equal("one"u8, cache.TryRead(picture)!.Value.Bytes);
        await blob.UploadAsync(new BinaryData("two!"), overwrite: true, Token);

        // Whoever has asked goes on with what it has; who asks anew has the new one.
        Assert.Equal("one"u8, first.Read(picture));
        Assert.Equal(3, first.StateOf(picture).Length);
        var second = Process();
        Assert.Equal("two!"u8, second.Read(picture));
        Assert.NotEqual(first.StateOf(picture), second.StateOf(picture));

        // What the cache lost is fetched again; what the store lost is gone.
        Directory.Delete(Path.Combine(_folder.Path, "pictures"), recursive: true);
        Assert.Equal("two!"u8, second.Read(picture));
        await blob.DeleteAsync(cancellationToken: Token);
        Assert.Equal("two!"u8, second.Read(picture));
        Assert.False(Process().Fetch(picture));
        var gone = Assert.Throws<ArtifactException>(() => Process().Read(picture));
        Assert.Equal(ArtifactFault.Missing, gone.Fault);
    }

    private static string Line(string picture, string question, string answer) => System.Text.Json.JsonSerializer.Serialize(new
    {
        image = picture,
        conversations = new[] { new { from = "human", value = $"<image>\n{question}" }, new { from = "gpt", value = answer } },
    });

    private async Task PrepareAsync()
    {
        var server = await azurite.ServerAsync();
        // Read when the first picture of this process is asked for.
        Environment.SetEnvironmentVariable(StorageAccess.Variable, server.ConnectionString);
        Environment.SetEnvironmentVariable("HEALTHGPT_CACHE", Path.Combine(Path.GetTempPath(), $"healthgpt-cache-{Environment.ProcessId}"));
        AppDomain.CurrentDomain.ProcessExit += static (_, _) => RemoveCache();
        _root = await server.NewAddressAsync(Token);
        _container = server.Container(_root);
        for (var at = 0; at < Pictures; at++)
        {
            var path = Path.Combine(_folder.Path, "images", "sub dir", $"p#{at}?.png");
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            new RgbImage(5, 5, [.. Enumerable.Range(0, 75).Select(value => (byte)(value * (at + 1)))]).SavePng(path);
            await _container.GetBlobClient($"{_root.BlobPath}/sub dir/p#{at}?.png").UploadAsync(path, overwrite: true, Token);
        }
    }

    private static void RemoveCache()
    {
        var folder = Path.Combine(Path.GetTempPath(), $"healthgpt-cache-{Environment.ProcessId}");
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
    }

    private string DatasetOf(string samples, string root) => _folder.Write("dataset.yaml", $$"""
        sources:
          - { samples: {{samples}}, root: "{{root}}", task: vqa }
        tasks:
          vqa: { kind: comprehension }
        """);
}

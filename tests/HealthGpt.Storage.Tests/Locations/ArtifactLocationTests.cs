using HealthGpt.Storage.Locations;
using HealthGpt.Storage.Tests.Blobs;

namespace HealthGpt.Storage.Tests.Locations;

public sealed class ArtifactLocationTests(Azurite azurite)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("folder")]
    [InlineData("azblob")]
    public async Task FilesOfManyBlocks_AreReadAsTheyWereWritten(string kind)
    {
        using var place = await Place.NewAsync(kind, azurite);
        var bytes = new byte[(20 << 20) + 7];
        new System.Random(11).NextBytes(bytes);

        await place.Location.WriteAsync("memory", bytes, Token);
        await place.Location.WriteAsync("stream", new MemoryStream(bytes), Token);
        await place.Location.WriteAsync("empty", ReadOnlyMemory<byte>.Empty, Token);

        Assert.Equal(bytes, await place.Location.ReadAsync("memory", bytes.Length, Token));
        Assert.Equal(bytes, await place.Location.ReadAsync("stream", bytes.Length, Token));
        Assert.Empty((await place.Location.ReadAsync("empty", 0, Token))!);
        Assert.Equal(bytes.Length, await place.Location.LengthAsync("memory", Token));
        var tooLong = await Assert.ThrowsAsync<ArtifactException>(() => place.Location.ReadAsync("memory", bytes.Length - 1, Token));
        Assert.Contains($"{place.Location.Address}/memory' has {bytes.Length} bytes", tooLong.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("folder")]
    [InlineData("azblob")]
    public async Task Listings_ShowWhatIsDirectlyInside(string kind)
    {
        using var place = await Place.NewAsync(kind, azurite);
        Assert.Empty(await place.Location.ListFoldersAsync(Token));
        Assert.Empty(await place.Location.ListFilesAsync(Token));
        Assert.Null(await place.Location.ReadAsync("none", 10, Token));
        Assert.Null(await place.Location.LengthAsync("none", Token));
        await place.Location.DeleteAsync("none", Token);

        await place.Location.WriteAsync("top", new byte[3], Token);
        await place.Location.Under("b").WriteAsync("one", new byte[1], Token);
        await place.Location.Under("a").Under("deep").WriteAsync("two", new byte[2], Token);

        Assert.Equal(["a", "b"], await place.Location.ListFoldersAsync(Token));
        Assert.Equal([new ArtifactFile("top", 3)], await place.Location.ListFilesAsync(Token));
        await place.Location.Under("a").DeleteAllAsync(Token);
        await place.Location.DeleteAsync("top", Token);
        Assert.Equal(["b"], await place.Location.ListFoldersAsync(Token));
        Assert.Empty(await place.Location.ListFilesAsync(Token));
        await place.Location.RequireWritableAsync(Token);
        Assert.Empty(await place.Location.ListFilesAsync(Token));
    }

    [Theory]
    [InlineData("folder")]
    [InlineData("azblob")]
    public async Task AWriteThatIsCancelled_LeavesTheOldContent(string kind)
    {
        using var place = await Place.NewAsync(kind, azurite);
        await place.Location.WriteAsync("a", new byte[] { 1 }, Token);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => place.Location.WriteAsync("a", new byte[20 << 20], new CancellationToken(canceled: true)));

        Assert.Equal([1], await place.Location.ReadAsync("a", 10, Token));
        await Assert.ThrowsAsync<ArgumentException>(() => place.Location.WriteAsync("../a", ReadOnlyMemory<byte>.Empty, Token));
    }
}

using HealthGpt.Storage.Locations;
using HealthGpt.Storage.Manifests;
using HealthGpt.Storage.Tests.Blobs;
using HealthGpt.Storage.Tests.Locations;

namespace HealthGpt.Storage.Tests.Manifests;

public sealed class ManifestFolderTests(Azurite azurite)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("folder")]
    [InlineData("azblob")]
    public async Task A_written_folder_opens_with_its_files_and_metadata(string kind)
    {
        using var place = await Place.NewAsync(kind, azurite);
        await WriteAsync(place, [1, 2, 3]);

        var opened = await ManifestFolder.TryOpenAsync(place.Location, Token);

        Assert.NotNull(opened);
        Assert.Equal("7", opened.Metadata["step"]);
        Assert.Equal([1, 2, 3], await opened.ReadAsync(opened.Files[0], Token));
        Assert.True(await opened.IsCompleteAsync(Token));
    }

    public static TheoryData<string, string, byte[]?, string> Damages()
    {
        var damages = new TheoryData<string, string, byte[]?, string>();
        foreach (var kind in new[] { "folder", "azblob" })
        {
            damages.Add(kind, "a.bin", [1, 2], "expected 3 bytes, found 2 bytes");
            damages.Add(kind, "a.bin", [1, 2, 4], "expected SHA-256 039058c6f2c0cb492c533b0a4d14ef77cc0f78abccced5287d84a1a2011cfb81, found ");
            damages.Add(kind, "a.bin", null, "expected 3 bytes, found no such file");
            damages.Add(kind, "manifest.json", [(byte)'{'], "expected a manifest, found 1 bytes that are none");
            damages.Add(kind, "manifest.json", "{}"u8.ToArray(), "expected a manifest, found 2 bytes that are none");
            damages.Add(kind, "manifest.json", "{\"files\":[],\"metadata\":{\"step\":\"7\"}}"u8.ToArray(), "expected a manifest, found 36 bytes that are none (no files");
            damages.Add(kind, "manifest.json", "{\"files\":[{\"name\":\"../a\",\"length\":1,\"sha256\":\"\"}],\"metadata\":{}}"u8.ToArray(), "expected a manifest");
            damages.Add(kind, "manifest.json", "{\"files\":[null],\"metadata\":{}}"u8.ToArray(), "expected a manifest");
            damages.Add(
                kind, "manifest.json", "{\"files\":[{\"name\":\"a.bin\",\"length\":3,\"sha256\":\"\"},{\"name\":\"a.bin\",\"length\":3,\"sha256\":\"\"}],\"metadata\":{}}"u8.ToArray(),
                "expected a manifest");
        }

        return damages;
    }

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task A_folder_whose_files_do_not_match_says_which_what_was_expected_and_what_found(string kind, string file, byte[]? content, string message)
    {
        using var place = await Place.NewAsync(kind, azurite);
        await WriteAsync(place, [1, 2, 3]);
        if (content is null) await place.Location.DeleteAsync(file, Token);
        else await place.Location.WriteAsync(file, content, Token);

        Assert.Null(await ManifestFolder.TryOpenAsync(place.Location, Token));
        var error = await Assert.ThrowsAsync<DamagedArtifactException>(async () =>
        {
            var found = await ManifestFolder.FindAsync(place.Location, Token);
            await found!.ReadAsync(found.Files[0], Token);
        });
        Assert.Contains($"'{place.Location.Address.Under(file)}' is damaged: {message}", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("folder")]
    [InlineData("azblob")]
    public async Task Without_its_manifest_a_folder_does_not_exist(string kind)
    {
        using var place = await Place.NewAsync(kind, azurite);
        await WriteAsync(place, [1, 2, 3]);
        await place.Location.DeleteAsync(ManifestFolder.ManifestName, Token);

        Assert.Null(await ManifestFolder.FindAsync(place.Location, Token));
    }

    [Fact]
    public async Task Links_count_as_what_they_lead_to()
    {
        using var place = await Place.NewAsync("folder", azurite);
        await WriteAsync(place, [1, 2, 3]);
        var file = ((FolderAddress)place.Location.Address.Under("a.bin")).FolderPath;
        File.Move(file, file + ".elsewhere");
        File.CreateSymbolicLink(file, file + ".elsewhere");

        var found = await ManifestFolder.TryOpenAsync(place.Location, Token);

        Assert.True(await found!.IsCompleteAsync(Token));
        File.Delete(file + ".elsewhere");
        Assert.False(await found.IsCompleteAsync(Token));
        Assert.Null(await ManifestFolder.TryOpenAsync(place.Location, Token));
    }

    [Theory]
    [InlineData("a.bin", false)]
    [InlineData("b.bin", true)]
    public async Task Writing_again_that_fails_leaves_the_old_folder_only_if_no_file_of_it_is_touched(string name, bool left)
    {
        using var place = await Place.NewAsync("folder", azurite);
        await WriteAsync(place, [1, 2, 3]);
        Directory.CreateDirectory(Path.Combine(place.Location.Address.ToString(), "z.bin"));

        await Assert.ThrowsAnyAsync<Exception>(() => ManifestFolder.WriteAsync(
            place.Location, [new(name, new byte[] { 4 }), new("z.bin", new byte[] { 5 })], new Dictionary<string, string>(), Token));

        Assert.Equal(left, await ManifestFolder.TryOpenAsync(place.Location, Token) is not null);
    }

    [Theory]
    [InlineData("../a.bin")]
    [InlineData("manifest.json")]
    [InlineData("")]
    public async Task Refuses_names_that_leave_the_folder(string name)
    {
        using var place = await Place.NewAsync("folder", azurite);

        await Assert.ThrowsAsync<ArgumentException>(() => ManifestFolder.WriteAsync(
            place.Location, [new(name, ReadOnlyMemory<byte>.Empty)], new Dictionary<string, string>(), Token));
    }

    private static Task<ManifestFolder> WriteAsync(Place place, byte[] bytes) =>
        ManifestFolder.WriteAsync(place.Location, [new("a.bin", bytes)], new Dictionary<string, string> { ["step"] = "7" }, Token);
}

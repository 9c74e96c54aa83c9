using HealthGpt.Storage.Manifests;
using Xunit;

namespace HealthGpt.Storage.Tests.Manifests;

public sealed class ManifestFolderTests : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("healthgpt-manifest-");

    private string Folder => Path.Combine(_root.FullName, "checkpoint");

    [Fact]
    public async Task A_written_folder_opens_with_its_files_and_metadata()
    {
        await WriteAsync([1, 2, 3]);

        var opened = ManifestFolder.TryOpen(Folder);

        Assert.NotNull(opened);
        Assert.Equal("7", opened.Metadata["step"]);
        Assert.Equal([1, 2, 3], await opened.ReadAsync("a.bin", TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("a.bin", new byte[] { 1, 2 })]
    [InlineData("a.bin", new byte[] { 1, 2, 4 })]
    [InlineData("manifest.json", new byte[] { (byte)'{' })]
    [InlineData("a.bin", null)]
    [InlineData("manifest.json", null)]
    public async Task A_folder_whose_files_do_not_match_does_not_exist(string file, byte[]? content)
    {
        await WriteAsync([1, 2, 3]);
        if (content is null) File.Delete(Path.Combine(Folder, file));
        else await File.WriteAllBytesAsync(Path.Combine(Folder, file), content, TestContext.Current.CancellationToken);

        Assert.Null(ManifestFolder.TryOpen(Folder));
    }

    [Fact]
    public async Task Writing_again_that_is_cancelled_leaves_no_folder()
    {
        await WriteAsync([1, 2, 3]);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => WriteAsync([4], new CancellationToken(canceled: true)));

        Assert.Null(ManifestFolder.TryOpen(Folder));
    }

    [Theory]
    [InlineData("../a.bin")]
    [InlineData("manifest.json")]
    [InlineData("")]
    public async Task Refuses_names_that_leave_the_folder(string name)
    {
        await Assert.ThrowsAsync<ArgumentException>(() => ManifestFolder.WriteAsync(
            Folder, [new(name, ReadOnlyMemory<byte>.Empty)], new Dictionary<string, string>(), TestContext.Current.CancellationToken));
    }

    public void Dispose() => _root.Delete(recursive: true);

    private Task<ManifestFolder> WriteAsync(byte[] bytes, CancellationToken? cancellationToken = null) => ManifestFolder.WriteAsync(
        Folder, [new("a.bin", bytes)], new Dictionary<string, string> { ["step"] = "7" }, cancellationToken ?? TestContext.Current.CancellationToken);
}

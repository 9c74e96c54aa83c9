using HealthGpt.Data.Samples.Pictures;

namespace HealthGpt.Data.Tests.Samples.Pictures;

public sealed class PictureCacheTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Read_OfWhatIsKept_GivesVersionAndBytes_AndNothingOfWhatIsDamaged()
    {
        var cache = new PictureCache(_folder.Path, 1 << 20);
        cache.Write("a", "\"v1\"", [1, 2, 3]);
        Assert.Equal("\"v1\" 1 2 3", Read(cache, "a"));
        cache.Write("a", "\"v2\"", [4]);
        Assert.Equal("\"v2\" 4", Read(cache, "a"));
        Assert.Null(cache.TryRead("b"));

        var file = Assert.Single(Directory.GetFiles(_folder.Path, "*", SearchOption.AllDirectories));
        var whole = File.ReadAllBytes(file);
        for (var length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(file, whole[..length]);
            Assert.Null(cache.TryRead("a"));
        }
    }

    [Fact]
    public void Write_BeyondTheLimit_RemovesWhatWasNotUsedForTheLongestTime()
    {
        var cache = new PictureCache(_folder.Path, 10_000);
        for (var at = 0; at < 40; at++)
        {
            cache.Write($"{at}", "v", new byte[1000]);
            foreach (var file in Directory.GetFiles(_folder.Path, "*", SearchOption.AllDirectories)) File.SetLastWriteTimeUtc(file, File.GetLastWriteTimeUtc(file).AddMinutes(-1));
            Assert.InRange(Directory.GetFiles(_folder.Path, "*", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length), 1, 10_000);
        }

        Assert.NotNull(cache.TryRead("39"));
        Assert.NotNull(cache.TryRead("35"));
        Assert.Null(cache.TryRead("20"));
    }

    [Fact]
    public void Write_WhereNothingCanBeWritten_DoesNothing()
    {
        var cache = new PictureCache(_folder.Write("file", "x"), 10_000);
        cache.Write("a", "v", [1]);
        Assert.Null(cache.TryRead("a"));
    }

    private static string? Read(PictureCache cache, string name) => cache.TryRead(name) is var (version, bytes) ? $"{version} {string.Join(' ', bytes)}" : null;
}

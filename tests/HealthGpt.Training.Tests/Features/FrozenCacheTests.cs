using HealthGpt.Training.Features;
using Xunit;

namespace HealthGpt.Training.Tests.Features;

public sealed class FrozenCacheTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("healthgpt-cache-");

    [Fact]
    public void Computes_again_what_a_torn_file_held()
    {
        Assert.Equal([1, 2], Cache().Get("abc", 2, () => [1, 2]));
        Assert.Equal([1, 2], Cache().Get("abc", 2, () => throw new InvalidOperationException("the folder has it")));

        var file = Assert.Single(_folder.GetFiles("*", SearchOption.AllDirectories));
        File.WriteAllBytes(file.FullName, File.ReadAllBytes(file.FullName)[..^1]);

        Assert.Equal([1, 2], Cache().Get("abc", 2, () => [1, 2]));
    }

    [Fact]
    public void Holds_no_more_in_memory_than_allowed()
    {
        var cache = new FrozenCache(_folder.FullName, memoryBytes: 4);
        cache.Get("aaa", 2, () => [1, 1]);
        cache.Get("bbb", 2, () => [2, 2]);
        cache.Get("ccc", 2, () => [3, 3]);
        _folder.Delete(recursive: true);
        _folder.Create();

        Assert.Equal([3, 3], cache.Get("ccc", 2, () => throw new InvalidOperationException("memory has it")));
        Assert.Equal([9, 9], cache.Get("aaa", 2, () => [9, 9]));
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private FrozenCache Cache() => new(_folder.FullName, 1024);
}

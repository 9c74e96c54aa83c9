using HealthGpt.Training.Features;
using Xunit;

namespace HealthGpt.Training.Tests.Features;

public sealed class FrozenCacheTests : IDisposable
{
    private const int Length = 1000;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("healthgpt-cache-");

    private FileInfo[] Files => _folder.GetFiles("*", SearchOption.AllDirectories);

    [Fact]
    public void Never_reads_an_entry_that_is_torn_or_damaged_anywhere()
    {
        Write("abc", 7);
        Assert.Equal(Entry(7), Read("abc"));
        var file = Assert.Single(Files).FullName;
        var whole = File.ReadAllBytes(file);
        var random = new System.Random(3);
        for (var time = 0; time < 40; time++)
        {
            var damaged = time % 2 == 0 ? whole[..random.Next(whole.Length)] : [.. whole];
            if (damaged.Length == whole.Length) damaged[random.Next(whole.Length)] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes(file, damaged);

            Assert.Null(Read("abc"));
        }

        Write("abc", 7);
        Assert.Equal(Entry(7), Read("abc"));
    }

    [Fact]
    public void Writers_of_one_entry_leave_it_whole_and_no_other_file()
    {
        Parallel.For(0, 8, _ =>
        {
            var folder = new FrozenFolder(_folder.FullName, "model", 1 << 20);
            for (var time = 0; time < 50; time++)
            {
                folder.TryWrite("abc", Entry(7));
                Assert.Equal(Entry(7), folder.TryRead("abc", Length));
            }
        });

        Assert.Single(Files);
    }

    [Fact]
    public void Keeps_to_its_bytes_on_the_disk_and_lets_go_of_what_was_not_used_for_longest()
    {
        const int most = 20 * (Length + 32);
        var folder = new FrozenFolder(_folder.FullName, "model", most);
        for (var entry = 0; entry < 100; entry++)
        {
            folder.TryWrite($"{entry:D2}-key", Entry(entry));
            foreach (var file in Files.Where(file => file.Name.StartsWith($"{entry:D2}-", StringComparison.Ordinal))) file.LastWriteTimeUtc = DateTime.UtcNow.AddMinutes(entry - 1000);
            if (entry == 50) Assert.NotNull(folder.TryRead("50-key", Length));

            Assert.InRange(Files.Sum(file => file.Length), 0, most);
        }

        Assert.NotNull(folder.TryRead("50-key", Length));
        Assert.NotNull(folder.TryRead("99-key", Length));
        Assert.Null(folder.TryRead("51-key", Length));
    }

    [Fact]
    public void Counts_entries_of_other_models_and_processes()
    {
        var entry = Length + 32;
        var other = new FrozenFolder(_folder.FullName, "other", 100 * entry);
        for (var number = 0; number < 50; number++) other.TryWrite($"{number:D2}-other", Entry(number));

        using (var cache = new FrozenCache(new FrozenFolder(_folder.FullName, "model", 10 * entry), 0)) cache.Put("abc", Entry(1));

        Assert.InRange(Files.Sum(file => file.Length), entry, 10 * entry);
        Assert.Equal(Entry(1), Read("abc"));
    }

    [Fact]
    public void Holds_no_more_in_memory_than_allowed()
    {
        using var cache = new FrozenCache(new FrozenFolder(_folder.FullName, "model", 0), memoryBytes: 2 * Length);
        foreach (var key in new[] { "aaa", "bbb", "ccc" }) cache.Put(key, Entry(key[0]));

        Assert.Equal(2 * Length, cache.MemoryBytes);
        Assert.Equal(Entry('c'), cache.TryGetFromMemory("ccc"));
        Assert.Null(cache.TryGetFromMemory("aaa"));
    }

    [Fact]
    public void Goes_on_where_nothing_can_be_written()
    {
        var folder = new FrozenFolder(_folder.FullName, "model", 1 << 20);
        Directory.Delete(Path.Combine(_folder.FullName, "model"));
        File.WriteAllText(Path.Combine(_folder.FullName, "model"), "a file in the way");
        using (var cache = new FrozenCache(folder, 1 << 20))
        {
            cache.Put("abc", Entry(1));
            Assert.Equal(Entry(1), cache.TryGet("abc", Length));
        }

        Assert.Null(folder.TryRead("abc", Length));
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static byte[] Entry(int value) => [.. Enumerable.Repeat((byte)value, Length)];

    private void Write(string key, int value)
    {
        using var cache = new FrozenCache(new FrozenFolder(_folder.FullName, "model", 1 << 20), 1 << 20);
        cache.Put(key, Entry(value));
    }

    private byte[]? Read(string key)
    {
        using var cache = new FrozenCache(new FrozenFolder(_folder.FullName, "model", 1 << 20), 1 << 20);
        return cache.TryGet(key, Length);
    }
}

using HealthGpt.Inference.Features;
using Xunit;

namespace HealthGpt.Inference.Tests.Features;

public sealed class ByteBoundedCacheTests
{
    [Fact]
    public void The_least_recently_used_value_goes_first_and_is_disposed()
    {
        using var cache = new ByteBoundedCache<string, Value>(capacity: 10);
        Value a = new(), b = new(), c = new();
        Assert.True(cache.TryAdd("a", a, 4));
        Assert.True(cache.TryAdd("b", b, 4));
        Assert.True(cache.TryGet("a", out var found));
        Assert.Same(a, found);

        Assert.True(cache.TryAdd("c", c, 5));

        Assert.False(cache.TryGet("b", out _));
        Assert.Equal((0, 1, 0), (a.Disposals, b.Disposals, c.Disposals));
        Assert.Equal((9, 2), (cache.Bytes, cache.Count));
    }

    [Fact]
    public void A_value_larger_than_the_cache_stays_the_callers_and_drops_nothing()
    {
        using var cache = new ByteBoundedCache<string, Value>(capacity: 10);
        Value a = new(), large = new();
        cache.TryAdd("a", a, 10);

        Assert.False(cache.TryAdd("large", large, 11));

        Assert.Equal((0, 0, 1), (a.Disposals, large.Disposals, cache.Count));
    }

    [Fact]
    public void Dispose_disposes_all_values()
    {
        var cache = new ByteBoundedCache<string, Value>(capacity: 10);
        Value[] values = [new(), new()];
        cache.TryAdd("0", values[0], 1);
        cache.TryAdd("1", values[1], 1);

        cache.Dispose();

        Assert.All(values, value => Assert.Equal(1, value.Disposals));
        Assert.Equal(0, cache.Bytes);
    }

    private sealed class Value : IDisposable
    {
        public int Disposals { get; private set; }

        public void Dispose() => Disposals++;
    }
}

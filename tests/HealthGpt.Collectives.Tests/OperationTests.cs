using Xunit;

namespace HealthGpt.Collectives.Tests;

/// <summary>Every operation over both transports of a host, for worlds of one to five.</summary>
public sealed class OperationTests
{
    private const int Seed = 20263;
    private const int LargestWorld = 5;

    // Nothing, one, not a multiple of anything, one block and several.
    private static readonly int[] Lengths = [0, 1, 7, 1023, 16_384 * LargestWorld, 100_003];

    [Theory]
    [MemberData(nameof(LocalRanks.HostRoutes), MemberType = typeof(LocalRanks))]
    public async Task Sums_are_the_trees_over_the_ranks(Transport transport, Encryption encryption)
    {
        await ForEachAsync(transport, encryption, async (group, length, random) =>
        {
            float[][] values = ReferenceTree.RandomShards(random, group.WorldSize, length);
            float[] expected = ReferenceTree.Sum(values, 0, group.WorldSize);
            float[] all = [.. values[group.Rank]];
            await group.AllReduceAsync(all, TestContext.Current.CancellationToken);
            Assert.Equal(ReferenceTree.Bits(expected), ReferenceTree.Bits(all));

            Range range = group.RangeOf(group.Rank, length);
            float[] part = new float[expected[range].Length];
            await group.ReduceScatterAsync(values[group.Rank], part, TestContext.Current.CancellationToken);
            Assert.Equal(ReferenceTree.Bits(expected[range]), ReferenceTree.Bits(part));
        });
    }

    [Theory]
    [MemberData(nameof(LocalRanks.HostRoutes), MemberType = typeof(LocalRanks))]
    public async Task Bfloat16_is_summed_in_float32_and_rounded_once(Transport transport, Encryption encryption)
    {
        await ForEachAsync(transport, encryption, async (group, length, random) =>
        {
            BFloat16[][] values = [.. ReferenceTree.RandomShards(random, group.WorldSize, length).Select(shard => Array.ConvertAll(shard, BFloat16.FromSingle))];
            float[] sum = ReferenceTree.Sum([.. values.Select(shard => Array.ConvertAll(shard, value => value.ToSingle()))], 0, group.WorldSize);
            BFloat16[] expected = Array.ConvertAll(sum, BFloat16.FromSingle);
            BFloat16[] all = [.. values[group.Rank]];
            await group.AllReduceAsync(all, TestContext.Current.CancellationToken);
            Assert.Equal(expected, all);

            Range range = group.RangeOf(group.Rank, length);
            BFloat16[] part = new BFloat16[expected[range].Length];
            await group.ReduceScatterAsync(values[group.Rank], part, TestContext.Current.CancellationToken);
            Assert.Equal(expected[range], part);
        });
    }

    [Theory]
    [MemberData(nameof(LocalRanks.HostRoutes), MemberType = typeof(LocalRanks))]
    public async Task Gathered_broadcast_and_sent_values_arrive_as_they_were(Transport transport, Encryption encryption)
    {
        await ForEachAsync(transport, encryption, async (group, length, random) =>
        {
            byte[][] bytes = [.. Enumerable.Range(0, group.WorldSize).Select(_ => new byte[length])];
            foreach (byte[] rank in bytes)
                random.NextBytes(rank);
            await CheckAsync(group, bytes);
            await CheckAsync(group, [.. bytes.Select(rank => Array.ConvertAll(rank, value => new BFloat16((ushort)(value * 257))))]);
            await CheckAsync(group, [.. bytes.Select(rank => Array.ConvertAll(rank, value => value / 3f))]);
        });
    }

    [Fact]
    public void Bfloat16_rounds_to_nearest_even_alone_and_in_vectors()
    {
        var random = new Random(Seed);
        float[] values = [.. Enumerable.Range(0, 10_000).Select(_ => BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue))), 0f, -0f, float.PositiveInfinity, float.MaxValue, float.NaN,
            BitConverter.UInt32BitsToSingle(0x3f808000), BitConverter.UInt32BitsToSingle(0x3f818000), BitConverter.UInt32BitsToSingle(0xff800001)];
        var narrow = new BFloat16[values.Length];
        Reductions.BFloat16Vectors.Narrow(values, narrow);
        Assert.Equal(Array.ConvertAll(values, BFloat16.FromSingle), narrow);
        Assert.Equal([0x3f80, 0x3f82, 0x7fc0], narrow[^3..].Select(value => (int)value.Bits));
        float[] wide = new float[values.Length];
        Reductions.BFloat16Vectors.Widen(narrow, wide);
        Assert.Equal(ReferenceTree.Bits(Array.ConvertAll(narrow, value => value.ToSingle())), ReferenceTree.Bits(wide));
    }

    [Theory]
    [MemberData(nameof(LocalRanks.HostRoutes), MemberType = typeof(LocalRanks))]
    public async Task An_operation_ends_at_its_deadline_on_every_rank(Transport transport, Encryption encryption)
    {
        await using LocalRanks ranks = LocalRanks.Listen(2, transport, encryption);
        TimeSpan limit = TimeSpan.FromMilliseconds(300);
        ranks.Groups.AddRange(await Task.WhenAll(ranks.FormRankAsync(ranks.Spec(0) with { OperationTimeout = limit }), ranks.FormRankAsync(ranks.Spec(1))));
        float[] values = new float[3];
        var failure = await Assert.ThrowsAsync<GroupAbortedException>(() => ranks[0].AllReduceAsync(values, TestContext.Current.CancellationToken));
        Assert.Contains("rank 0 waited for all-reduce longer than the OperationTimeout of 0.3 s", failure.Reason, StringComparison.Ordinal);
        Assert.All(values, value => Assert.Equal(float.NaN, value));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.Delay(Timeout.Infinite, ranks[1].AbortToken).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
        var other = await Assert.ThrowsAsync<GroupAbortedException>(() => ranks[1].BarrierAsync(TestContext.Current.CancellationToken));
        Assert.Equal(failure.Reason, other.Reason);
    }

    [Theory]
    [MemberData(nameof(LocalRanks.HostRoutes), MemberType = typeof(LocalRanks))]
    public async Task Ranks_that_sum_different_things_are_told_so(Transport transport, Encryption encryption)
    {
        await using LocalRanks ranks = await LocalRanks.FormAsync(2, transport, encryption);
        Task<GroupAbortedException>[] failures = [.. ranks.Groups.Select(group =>
            Assert.ThrowsAsync<GroupAbortedException>(() => group.AllReduceAsync(new float[100 + group.Rank], TestContext.Current.CancellationToken)))];
        Assert.All(await Task.WhenAll(failures), failure => Assert.Contains("give every rank the same buckets", failure.Reason, StringComparison.Ordinal));
    }

    private static async Task CheckAsync<T>(ProcessGroup group, T[][] values)
        where T : unmanaged
    {
        T[] all = new T[values[0].Length * group.WorldSize];
        await group.AllGatherAsync<T>(values[group.Rank], all, TestContext.Current.CancellationToken);
        AssertSame([.. values.SelectMany(rank => rank)], all);

        int root = values[0].Length % group.WorldSize;
        T[] received = [.. values[group.Rank]];
        await group.BroadcastAsync<T>(received, root, TestContext.Current.CancellationToken);
        AssertSame(values[root], received);

        if (group.WorldSize == 1)
            return;
        var (next, previous) = ((group.Rank + 1) % group.WorldSize, (group.Rank + group.WorldSize - 1) % group.WorldSize);
        Task receiving = group.ReceiveAsync<T>(previous, received, TestContext.Current.CancellationToken);
        await group.SendAsync<T>(next, values[group.Rank], TestContext.Current.CancellationToken);
        await receiving;
        AssertSame(values[previous], received);
    }

    // Element by element xunit takes seconds.
    private static void AssertSame<T>(T[] expected, T[] actual)
        where T : unmanaged => Assert.True(expected.AsSpan().SequenceEqual(actual), $"{typeof(T).Name} values differ");

    /// <summary>Runs on every rank with the same random numbers.</summary>
    private static async Task ForEachAsync(Transport transport, Encryption encryption, Func<ProcessGroup, int, Random, Task> check)
    {
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {Seed}");
        for (int worldSize = 1; worldSize <= LargestWorld; worldSize++)
        {
            await using LocalRanks ranks = await LocalRanks.FormAsync(worldSize, transport, encryption);
            Assert.All(ranks.Groups, group => Assert.All(Enumerable.Range(0, worldSize).Where(rank => rank != group.Rank), peer => Assert.Equal(transport, group.TransportTo(peer))));
            int[] lengths = [.. Lengths, new Random(Seed + worldSize).Next(200_000)];
            foreach (int length in lengths)
                await ranks.OnAllAsync(group => check(group, length, new Random(Seed + length)));
        }
    }
}

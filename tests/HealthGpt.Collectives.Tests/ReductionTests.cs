using Xunit;

namespace HealthGpt.Collectives.Tests;

public sealed class ReductionTests
{
    private const int Seed = 20262;

    [Theory]
    [MemberData(nameof(LocalRanks.HostRoutes), MemberType = typeof(LocalRanks))]
    public async Task A_sum_has_the_same_bits_for_every_world_size_and_assignment(Transport transport, Encryption encryption)
    {
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {Seed}");
        var random = new Random(Seed);
        for (int worldSize = 1; worldSize <= 9; worldSize++)
        {
            await using LocalRanks ranks = await LocalRanks.FormAsync(worldSize, transport, encryption);
            for (int shards = worldSize; shards <= 9; shards++)
            {
                var tree = new ShardTree(shards);
                await CheckAsync(ranks, tree, [.. Enumerable.Range(0, worldSize).Select(rank => tree.ShardsOf(rank, worldSize).End)], random);
                // Any other assignment, empty ranges included, must not show either.
                int[] cuts = [.. Enumerable.Range(1, worldSize - 1).Select(_ => random.Next(shards + 1)).Order(), shards];
                await CheckAsync(ranks, tree, cuts, random);
            }
        }
    }

    [Theory]
    [MemberData(nameof(LocalRanks.HostRoutes), MemberType = typeof(LocalRanks))]
    public async Task Large_messages_and_sums_cross_without_waiting_for_each_other(Transport transport, Encryption encryption)
    {
        const int bytes = 24 << 20;
        await using LocalRanks ranks = await LocalRanks.FormAsync(3, transport, encryption);
        var tree = new ShardTree(3);
        byte[][] messages = [.. Enumerable.Range(0, 3).Select(rank => new byte[bytes + rank])];
        for (int rank = 0; rank < 3; rank++)
            new Random(Seed + rank).NextBytes(messages[rank]);

        await ranks.OnAllAsync(async group =>
        {
            int[] peers = [.. Enumerable.Range(0, 3).Where(rank => rank != group.Rank)];
            Task[] sends = [.. peers.Select(peer => group.SendAsync(peer, messages[group.Rank], TestContext.Current.CancellationToken))];
            byte[][] got = await Task.WhenAll(peers.Select(peer => group.ReceiveAsync(peer, TestContext.Current.CancellationToken)));
            await Task.WhenAll(sends);
            for (int i = 0; i < peers.Length; i++)
                Assert.True(got[i].AsSpan().SequenceEqual(messages[peers[i]]));

            // Buckets are put in line while the one before still runs.
            float[][] buckets = [new float[3_000_001], new float[1_000_000], new float[5]];
            await Task.WhenAll(buckets.Select((bucket, index) =>
            {
                float[] mine = new float[bucket.Length];
                Array.Fill(mine, (group.Rank + 1) * (index + 1));
                return group.ReduceTreeAsync(tree, [(new ShardNode(group.Rank, group.Rank + 1), mine)], bucket, TestContext.Current.CancellationToken);
            }));
            for (int index = 0; index < buckets.Length; index++)
                Assert.False(buckets[index].AsSpan().ContainsAnyExcept(6f * (index + 1)));
        });
    }

    [Theory]
    [MemberData(nameof(LocalRanks.HostRoutes), MemberType = typeof(LocalRanks))]
    public async Task Small_operations_give_every_rank_the_same(Transport transport, Encryption encryption)
    {
        await using LocalRanks ranks = await LocalRanks.FormAsync(4, transport, encryption);
        await ranks.OnAllAsync(async group =>
        {
            for (int round = 0; round < 50; round++)
            {
                byte[][] all = await group.AllGatherAsync(new byte[] { (byte)round, (byte)group.Rank }, TestContext.Current.CancellationToken);
                Assert.Equal(Enumerable.Range(0, 4).Select(rank => new byte[] { (byte)round, (byte)rank }), all);
                await group.BarrierAsync(TestContext.Current.CancellationToken);
            }
        });
    }

    [Theory]
    [MemberData(nameof(LocalRanks.HostRoutes), MemberType = typeof(LocalRanks))]
    public async Task A_shard_that_nobody_holds_ends_the_generation_and_is_named(Transport transport, Encryption encryption)
    {
        await using LocalRanks ranks = await LocalRanks.FormAsync(2, transport, encryption);
        var tree = new ShardTree(3);
        await ranks.OnAllAsync(async group =>
        {
            (ShardNode, float[])[] mine = [(new ShardNode(group.Rank, group.Rank + 1), new float[4])];
            var failure = await Assert.ThrowsAsync<GroupAbortedException>(() => group.ReduceTreeAsync(tree, mine, new float[4], TestContext.Current.CancellationToken));
            Assert.Contains("no rank holds shards [2,3)", failure.Message, StringComparison.Ordinal);
        });
    }

    private static async Task CheckAsync(LocalRanks ranks, ShardTree tree, int[] ends, Random random)
    {
        int length = random.Next(4) switch { 0 => random.Next(8), 1 => 40_000 + random.Next(100), _ => 1 + random.Next(1000) };
        float[][] values = ReferenceTree.RandomShards(random, tree.Shards, length);
        int[] expected = ReferenceTree.Bits(ReferenceTree.Sum(values, 0, tree.Shards));
        await ranks.OnAllAsync(async group =>
        {
            var accumulator = new ShardAccumulator(tree, length);
            for (int shard = group.Rank == 0 ? 0 : ends[group.Rank - 1]; shard < ends[group.Rank]; shard++)
                accumulator.Add(shard, values[shard]);
            float[] result = new float[length];
            await group.ReduceTreeAsync(tree, accumulator.Nodes, result, TestContext.Current.CancellationToken);
            Assert.Equal(expected, ReferenceTree.Bits(result));
        });
    }
}

using Xunit;

namespace HealthGpt.Collectives.Tests;

public sealed class ShardTreeTests
{
    [Fact]
    public void Nodes_of_a_range_are_the_fewest_nodes_that_tile_it()
    {
        for (int shards = 1; shards <= 17; shards++)
        {
            var tree = new ShardTree(shards);
            for (int start = 0; start < shards; start++)
            {
                for (int end = start + 1; end <= shards; end++)
                {
                    IReadOnlyList<ShardNode> nodes = tree.NodesOf(start, end);
                    Assert.Equal(Enumerable.Range(start, end - start), nodes.SelectMany(node => Enumerable.Range(node.Start, node.Count)));
                    Assert.All(nodes, node => Assert.True(tree.Contains(node)));
                    Assert.DoesNotContain(nodes, node => tree.TryFindParent(node, out ShardNode parent) && parent.Start >= start && parent.End <= end);
                }
            }
        }
    }

    [Fact]
    public void Ranks_share_the_shards_without_gap_and_differ_by_one_at_most()
    {
        var tree = new ShardTree(9);
        for (int worldSize = 1; worldSize <= 9; worldSize++)
        {
            var ranges = Enumerable.Range(0, worldSize).Select(rank => tree.ShardsOf(rank, worldSize)).ToList();
            Assert.Equal(Enumerable.Range(0, 9), ranges.SelectMany(range => Enumerable.Range(range.Start, range.End - range.Start)));
            Assert.InRange(ranges.Max(range => range.End - range.Start) - ranges.Min(range => range.End - range.Start), 0, 1);
        }
    }

    [Fact]
    public void Refuses_more_ranks_than_shards()
    {
        var failure = Assert.Throws<ArgumentOutOfRangeException>(() => new ShardTree(4).ShardsOf(0, 5));
        Assert.Contains("world size is 5, but the batch has 4 shards", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_accumulator_gives_the_trees_bits_in_whatever_order_shards_come()
    {
        const int seed = 20261;
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {seed}");
        var random = new Random(seed);
        for (int shards = 1; shards <= 9; shards++)
        {
            var accumulator = new ShardAccumulator(new ShardTree(shards), 33);
            for (int round = 0; round < 20; round++)
            {
                float[][] values = ReferenceTree.RandomShards(random, shards, 33);
                int[] order = [.. Enumerable.Range(0, shards)];
                random.Shuffle(order);
                foreach (int shard in order)
                    accumulator.Add(shard, values[shard]);
                var (node, sum) = Assert.Single(accumulator.Nodes);
                Assert.Equal(new ShardNode(0, shards), node);
                Assert.Equal(ReferenceTree.Bits(ReferenceTree.Sum(values, 0, shards)), ReferenceTree.Bits(sum));
                Assert.Throws<InvalidOperationException>(() => accumulator.Add(0, values[0]));
                accumulator.Reset();
            }
        }
    }
}

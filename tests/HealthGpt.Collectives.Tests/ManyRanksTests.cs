using System.Diagnostics;
using Xunit;

namespace HealthGpt.Collectives.Tests;

public sealed class ManyRanksTests
{
    private const int Seed = 20265;
    private const int Ranks = 24;
    private const int Kills = 5;

    private readonly ShardTree _tree = new(Ranks);
    private readonly float[][] _values = ReferenceTree.RandomShards(new Random(Seed), Ranks, 515);

    [Fact]
    public async Task Twenty_four_ranks_sum_exactly_and_survive_five_kills()
    {
        await using LocalRanks ranks = LocalRanks.Listen(Ranks, Transport.Tcp);
        List<int> alive = [.. Enumerable.Range(0, Ranks)];
        await SumAsync(ranks, alive, generation: 1);
        for (int kill = 1; kill <= Kills; kill++)
        {
            new Random(Seed + kill).Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(alive));
            TimeSpan took = await KillLastAsync(ranks, alive, generation: 2 * kill);
            TestContext.Current.TestOutputHelper!.WriteLine($"kill {kill}: {alive.Count - 1} survivors aborted after {took.TotalMilliseconds:0} ms");
            alive.RemoveAt(alive.Count - 1);
            await SumAsync(ranks, alive, generation: (2 * kill) + 1);
        }
    }

    private async Task SumAsync(LocalRanks ranks, List<int> alive, long generation)
    {
        int[] expected = ReferenceTree.Bits(ReferenceTree.Sum(_values, 0, Ranks));
        ProcessGroup[] groups = await Task.WhenAll(alive.Select((listener, rank) => Task.Run(() => ranks.FormRankAsync(listener, Spec(ranks, alive, rank, generation)))));
        float[][] results = await Task.WhenAll(groups.Select(group => Task.Run(() => SumAsync(group))));
        Assert.All(results, result => Assert.Equal(expected, ReferenceTree.Bits(result)));
        foreach (ProcessGroup group in groups)
            await group.DisposeAsync();
    }

    private async Task<float[]> SumAsync(ProcessGroup group)
    {
        var accumulator = new ShardAccumulator(_tree, _values[0].Length);
        var (start, end) = _tree.ShardsOf(group.Rank, group.WorldSize);
        for (int shard = start; shard < end; shard++)
            accumulator.Add(shard, _values[shard]);
        float[] result = new float[_values[0].Length];
        await group.ReduceTreeAsync(_tree, accumulator.Nodes, result, TestContext.Current.CancellationToken);
        return result;
    }

    private async Task<TimeSpan> KillLastAsync(LocalRanks ranks, List<int> alive, long generation)
    {
        int last = alive.Count - 1;
        Task<ProcessGroup>[] forming = [.. alive.Take(last).Select((listener, rank) => Task.Run(() => ranks.FormRankAsync(listener, Spec(ranks, alive, rank, generation))))];
        using RawPeer victim = await RawPeer.JoinAsync(Spec(ranks, alive, last, generation));
        ProcessGroup[] groups = await Task.WhenAll(forming);
        Task<GroupAbortedException>[] pending = [.. groups.Select(group => Assert.ThrowsAsync<GroupAbortedException>(() => SumAsync(group)))];
        long killed = Stopwatch.GetTimestamp();
        victim.Kill();
        await Task.WhenAll(pending);
        TimeSpan took = Stopwatch.GetElapsedTime(killed);
        foreach (ProcessGroup group in groups)
            await group.DisposeAsync();
        return took;
    }

    private static GroupSpec Spec(LocalRanks ranks, List<int> alive, int rank, long generation) => ranks.Spec(rank, generation) with
    {
        Members = [.. alive.Select(listener => ranks.Listener(listener).EndPoint)],
        // All of them share this process and its processors.
        HeartbeatInterval = TimeSpan.FromSeconds(5),
    };
}

using HealthGpt.Benchmarks.Measuring;
using HealthGpt.Benchmarks.Subjects;
using HealthGpt.Collectives;

namespace HealthGpt.Benchmarks.Collectives;

/// <summary>The ordered tree sum over ranks, against a gather to one rank and a broadcast of its sum.</summary>
internal sealed class ReductionBenchmark : IBenchmark
{
    private const int Shards = 4;
    private const float Tolerance = 1e-5f;

    public string Name => "reduction";

    public void Run(Meter meter)
    {
        Compare(meter, "a comprehension plugin's gradient", PluginSize.Comprehension, worldSize: 2);
        Compare(meter, "a generation plugin's gradient", PluginSize.Generation, worldSize: 2);
        Compare(meter, "a generation plugin's gradient", PluginSize.Generation, worldSize: 4);
    }

    private void Compare(Meter meter, string what, int length, int worldSize)
    {
        var tree = new ShardTree(Shards);
        var values = Enumerable.Range(0, worldSize).Select(rank => RandomValues.Create(length, rank)).ToArray();
        var nodes = values.Select((mine, rank) => new[] { (NodeOf(tree, rank, worldSize), mine) }).ToArray();
        var (plain, ordered) = (Results(worldSize, length), Results(worldSize, length));
        using var root = new RootSum(worldSize, length);
        using var group = new LoopbackGroup(worldSize);
        void Plain() => root.Reduce(values, plain);
        void Ordered() => group.Reduce(tree, nodes, ordered);
        Plain();
        Ordered();
        for (var rank = 0; rank < worldSize; rank++) RequireSame(plain[rank], ordered[rank]);
        meter.Compare(
            Name, FormattableString.Invariant($"{what}, {length * sizeof(float) / 1e6:F1} MB, {worldSize} ranks of one process"),
            Side.Of("gather to one rank, broadcast", Plain) with { Note = () => LoopbackBytes.During(Plain) },
            Side.Of("ordered tree, reduce-scatter and all-gather", Ordered) with { Note = () => LoopbackBytes.During(Ordered) });
    }

    private static ShardNode NodeOf(ShardTree tree, int rank, int worldSize)
    {
        var (start, end) = tree.ShardsOf(rank, worldSize);
        return tree.NodesOf(start, end).Single();
    }

    private static float[][] Results(int worldSize, int length) => [.. Enumerable.Range(0, worldSize).Select(_ => new float[length])];

    // The two may add in another order, so the last bits may differ.
    private static void RequireSame(float[] plain, float[] ordered)
    {
        for (var at = 0; at < plain.Length; at++)
        {
            if (Math.Abs(plain[at] - ordered[at]) > Tolerance)
                throw new InvalidOperationException($"element {at} is {plain[at]} on one side and {ordered[at]} on the other, so their times say nothing");
        }
    }
}

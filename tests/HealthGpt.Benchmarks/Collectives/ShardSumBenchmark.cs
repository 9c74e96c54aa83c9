using System.Numerics.Tensors;
using HealthGpt.Benchmarks.Measuring;
using HealthGpt.Benchmarks.Subjects;
using HealthGpt.Collectives;

namespace HealthGpt.Benchmarks.Collectives;

/// <summary>One rank's sum over its shards in the tree's order, against adding one after another into one buffer.</summary>
internal sealed class ShardSumBenchmark : IBenchmark
{
    public string Name => "shards";

    public void Run(Meter meter)
    {
        foreach (var shards in new[] { 4, 16 }) Compare(meter, shards, PluginSize.Generation);
    }

    private void Compare(Meter meter, int shards, int length)
    {
        var gradients = Enumerable.Range(0, shards).Select(shard => RandomValues.Create(length, shard)).ToArray();
        var sum = new float[length];
        var accumulator = new ShardAccumulator(new ShardTree(shards), length);
        meter.Compare(
            Name, FormattableString.Invariant($"{shards} gradients of {length * sizeof(float) / 1e6:F1} MB"),
            Side.Of("one after another, vectorised", () =>
            {
                gradients[0].CopyTo(sum, 0);
                for (var shard = 1; shard < shards; shard++) TensorPrimitives.Add<float>(sum, gradients[shard], sum);
            }),
            Side.Of("in the tree's order", () =>
            {
                accumulator.Reset();
                for (var shard = 0; shard < shards; shard++) accumulator.Add(shard, gradients[shard]);
            }));
    }
}

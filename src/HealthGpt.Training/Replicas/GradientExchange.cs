using HealthGpt.Collectives;

namespace HealthGpt.Training.Replicas;

/// <summary>Sums a step's shard gradients over all members of a group; the closing barrier makes the step safe to apply.</summary>
internal sealed class GradientExchange
{
    /// <summary>Computes the gradient of one shard.</summary>
    /// <param name="shard">The shard.</param>
    internal delegate ReadOnlySpan<float> ShardGradient(int shard);

    private readonly ProcessGroup _group;
    private readonly ShardTree _tree;
    private readonly ShardAccumulator _sums;
    private readonly float[] _reduced;
    private readonly (int Start, int End) _mine;

    public GradientExchange(int shards, int gradientLength, ProcessGroup group)
    {
        _group = group;
        _tree = new ShardTree(shards);
        _sums = new ShardAccumulator(_tree, gradientLength);
        _reduced = new float[gradientLength];
        _mine = _tree.ShardsOf(group.Rank, group.WorldSize);
    }

    /// <summary>The first shard that this member computes and the one after its last.</summary>
    public (int First, int End) Shards => _mine;

    public float[] Reduce(ShardGradient gradientOf, CancellationToken cancellationToken)
    {
        _sums.Reset();
        for (var shard = _mine.Start; shard < _mine.End; shard++) _sums.Add(shard, gradientOf(shard));
        _group.ReduceTreeAsync(_tree, _sums.Nodes, _reduced, cancellationToken).GetAwaiter().GetResult();
        _group.BarrierAsync(cancellationToken).GetAwaiter().GetResult();
        return _reduced;
    }
}

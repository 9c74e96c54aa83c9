using System.Diagnostics;
using HealthGpt.Collectives;
using HealthGpt.Training.Phases;

namespace HealthGpt.Training.Replicas;

/// <summary>
/// Sums a step's shard gradients over all members of a group, bucket by bucket. A bucket of the last shard goes out as soon as the backward pass is done with it, while the pass goes on; the
/// closing barrier makes the step safe to apply.
/// </summary>
internal sealed class GradientExchange : IDisposable
{
    /// <summary>Computes the gradient of one shard.</summary>
    /// <param name="shard">The shard.</param>
    /// <param name="reached">To be told of the boundaries that the shard's last backward pass has come to.</param>
    internal delegate void ShardGradient(int shard, Action<int> reached);

    private readonly ProcessGroup _group;
    private readonly ShardTree _tree;
    private readonly Bucket[] _buckets;
    private readonly List<Task> _pending = [];
    private readonly (int Start, int End) _mine;
    private int _next;

    public GradientExchange(int shards, TrainedWeights weights, ProcessGroup group)
    {
        _group = group;
        _tree = new ShardTree(shards);
        _mine = _tree.ShardsOf(group.Rank, group.WorldSize);
        _buckets = [.. weights.Buckets.Select(bucket => new Bucket(bucket, weights, _tree))];
    }

    /// <summary>The first shard that this member computes and the one after its last.</summary>
    public (int First, int End) Shards => _mine;

    /// <summary>Whether all sums are here; where the last step ended early, other members may have them too, and have applied them.</summary>
    public bool SumsAreComplete { get; private set; }

    /// <summary>How long this member waited, all steps together, for sums that were still under way when its own work was done.</summary>
    public TimeSpan Waited { get; private set; }

    /// <summary>Leaves the sum of all shards' gradients in <see cref="TrainedWeights.Reduced"/>.</summary>
    /// <param name="compute">Computes this member's shards, one after the other.</param>
    /// <param name="cancellationToken">Ends the exchange, and the group with it where it is under way.</param>
    /// <param name="barrierPassed">Told when all members have all sums.</param>
    public void Reduce(ShardGradient compute, CancellationToken cancellationToken, Action? barrierPassed = null)
    {
        SumsAreComplete = false;
        foreach (var bucket in _buckets) bucket.Sums.Reset();
        try
        {
            for (var shard = _mine.Start; shard < _mine.End; shard++)
            {
                _next = 0;
                var current = shard;
                compute(current, boundary => Take(current, boundary, cancellationToken));
                Take(current, GradientBucket.AtEnd, cancellationToken);
            }

            var started = Stopwatch.GetTimestamp();
            Task.WhenAll(_pending).GetAwaiter().GetResult();
            SumsAreComplete = true;
            _group.BarrierAsync(cancellationToken).GetAwaiter().GetResult();
            barrierPassed?.Invoke();
            Waited += Stopwatch.GetElapsedTime(started);
        }
        catch (Exception error)
        {
            Abandon(error);
            throw;
        }

        _pending.Clear();
    }

    public void Dispose()
    {
        foreach (var bucket in _buckets) bucket.Dispose();
    }

    private void Take(int shard, int boundary, CancellationToken cancellationToken)
    {
        for (; _next < _buckets.Length && _buckets[_next].Boundary >= boundary; _next++)
        {
            var bucket = _buckets[_next];
            bucket.Sums.Add(shard, bucket.Gradient.Memory.Span);
            if (shard == _mine.End - 1) _pending.Add(_group.ReduceTreeAsync(_tree, bucket.Sums.Nodes, bucket.Reduced.Memory, cancellationToken));
        }
    }

    // What is under way writes into memory that goes away with this.
    private void Abandon(Exception error)
    {
        if (_pending.Any(task => !task.IsCompleted)) _group.Abort(error.Message);
        Task.WhenAll(_pending).ContinueWith(_ => { }, TaskScheduler.Default).GetAwaiter().GetResult();
        _pending.Clear();
    }

    private sealed class Bucket(GradientBucket bucket, TrainedWeights weights, ShardTree tree) : IDisposable
    {
        public int Boundary => bucket.Boundary;

        public TensorMemory Gradient { get; } = new(weights.Gradient.narrow(0, bucket.Start, bucket.Length));

        public TensorMemory Reduced { get; } = new(weights.Reduced.narrow(0, bucket.Start, bucket.Length));

        public ShardAccumulator Sums { get; } = new(tree, bucket.Length);

        public void Dispose()
        {
            ((IDisposable)Gradient).Dispose();
            ((IDisposable)Reduced).Dispose();
        }
    }
}

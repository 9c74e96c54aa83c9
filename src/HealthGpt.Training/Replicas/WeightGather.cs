using HealthGpt.Collectives;
using HealthGpt.Training.Optimizers;
using HealthGpt.Training.Phases;
using HealthGpt.Training.State;

namespace HealthGpt.Training.Replicas;

/// <summary>What ranks that keep parts of the optimizer's state give each other: the weights that each has moved, and for a checkpoint their moments.</summary>
internal sealed class WeightGather : IDisposable
{
    private readonly ProcessGroup _group;
    private readonly ZeroPartition _partition;
    private readonly IReadOnlyList<(int Rank, TensorMemory Weights)> _pieces;

    public WeightGather(ProcessGroup group, ZeroPartition partition, TrainedWeights weights)
    {
        _group = group;
        _partition = partition;
        _pieces =
        [
            .. partition.Parts.SelectMany((part, rank) => part.Pieces().Select(piece => (rank, new TensorMemory(weights.Flat.narrow(0, piece.Start, piece.Length))))),
        ];
    }

    /// <summary>Brings all weights of the last step to every rank.</summary>
    public void Weights(CancellationToken cancellationToken)
    {
        foreach (var (rank, weights) in _pieces) _group.BroadcastAsync(weights.Memory, rank, cancellationToken).GetAwaiter().GetResult();
    }

    /// <summary>Brings all moments to rank 0.</summary>
    /// <returns>The moments there, the caller's; null on other ranks.</returns>
    public MomentPart? Moments(TrainingState state, CancellationToken cancellationToken)
    {
        var whole = _group.Rank == 0 ? MomentPart.Zeros(new WeightRange(0, _partition.Length)) : null;
        try
        {
            foreach (var part in whole is null ? [] : state.Moments) Copy(part, whole!);
            for (var rank = 1; rank < _partition.WorldSize; rank++)
            {
                // Rank 0 keeps the first rank's too.
                foreach (var piece in rank == 1 ? [] : _partition.Parts[rank].Pieces()) Move(piece, rank, whole, state, cancellationToken);
            }

            return whole;
        }
        catch
        {
            whole?.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        foreach (var (_, weights) in _pieces) ((IDisposable)weights).Dispose();
    }

    private void Move(WeightRange piece, int rank, MomentPart? whole, TrainingState state, CancellationToken cancellationToken)
    {
        if (whole is null && rank != _group.Rank) return;
        var part = whole ?? state.Moments.First(kept => kept.Range.And(piece).Length == piece.Length);
        var (first, second) = part.Within(piece);
        foreach (var tensor in new[] { first, second })
        {
            using var memory = (IDisposable)new TensorMemory(tensor);
            var numbers = ((TensorMemory)memory).Memory;
            if (whole is null) _group.SendAsync<float>(0, numbers, cancellationToken).GetAwaiter().GetResult();
            else _group.ReceiveAsync(rank, numbers, cancellationToken).GetAwaiter().GetResult();
        }
    }

    private static void Copy(MomentPart part, MomentPart whole)
    {
        var (first, second) = whole.Within(part.Range);
        using (first)
        using (second)
        {
            first.copy_(part.First);
            second.copy_(part.Second);
        }
    }
}

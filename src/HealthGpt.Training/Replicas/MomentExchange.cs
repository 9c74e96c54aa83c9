using HealthGpt.Collectives;
using HealthGpt.Training.Jobs;
using HealthGpt.Training.Optimizers;
using HealthGpt.Training.Phases;
using HealthGpt.Training.State;
using static TorchSharp.torch;

namespace HealthGpt.Training.Replicas;

/// <summary>
/// Brings the optimizer's moments to the ranks that keep them in a fresh group, and the weights of a last step that some ranks have in parts only. Of each piece the lowest rank that has it is the
/// source, whatever the partition was before.
/// </summary>
internal sealed class MomentExchange(TrainingJob job, TrainingState state, ProcessGroup group, StateActions actions)
{
    /// <summary>Runs it; every rank has weights and history of the furthest by now.</summary>
    /// <param name="standings">Of all ranks, before those behind were brought up.</param>
    /// <param name="cancellationToken">Ends the exchange.</param>
    public void Run(Standings standings, CancellationToken cancellationToken)
    {
        if (!standings.NeedsMoments && !standings.NeedsWeights)
        {
            state.SetMoments([], 0);
            state.IsPartial = false;
            return;
        }

        using var weights = actions.WeightsOf(standings.Phase!);
        var partition = ZeroPartition.Of(job.Zero, group.WorldSize, weights.Length);
        if (standings.IsInPlace(partition)) return;
        MomentPart[] mine = standings.NeedsMoments ? [.. partition.HeldBy(group.Rank).Select(MomentPart.Zeros)] : [];
        try
        {
            foreach (var (part, source) in standings.Cover)
                foreach (var piece in part.Pieces()) Move(piece, source, standings.NeedsWeights ? weights : null, mine, cancellationToken);
        }
        catch
        {
            foreach (var part in mine) part.Dispose();
            throw;
        }

        state.IsPartial = false;
        // The old parts stay until all ranks have their new ones: a rank that is lost before could take the last of something with it.
        state.AddMoments(mine, weights.Length);
        group.BarrierAsync(cancellationToken).GetAwaiter().GetResult();
        state.KeepMoments(mine);
    }

    private void Move(WeightRange range, int source, TrainedWeights? weights, MomentPart[] mine, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        if (weights is not null) Broadcast(weights.Flat.narrow(0, range.Start, range.Length), source, cancellationToken);
        if (mine.Length == 0) return;
        var (first, second) = group.Rank == source
            ? state.Moments.First(part => part.Range.And(range).Length == range.Length).Within(range)
            : (empty([range.Length], ScalarType.Float32), empty([range.Length], ScalarType.Float32));
        Broadcast(first, source, cancellationToken);
        Broadcast(second, source, cancellationToken);
        foreach (var part in mine)
        {
            var shared = part.Range.And(range);
            if (shared.Length == 0) continue;
            var (toFirst, toSecond) = part.Within(shared);
            toFirst.copy_(first.narrow(0, shared.Start - range.Start, shared.Length));
            toSecond.copy_(second.narrow(0, shared.Start - range.Start, shared.Length));
        }
    }

    private void Broadcast(Tensor values, int source, CancellationToken cancellationToken)
    {
        using var memory = (IDisposable)new TensorMemory(values.alias());
        group.BroadcastAsync(((TensorMemory)memory).Memory, source, cancellationToken).GetAwaiter().GetResult();
    }
}

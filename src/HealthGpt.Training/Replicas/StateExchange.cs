using System.Buffers.Binary;
using System.Text.Json;
using HealthGpt.Collectives;
using HealthGpt.Training.Jobs;
using HealthGpt.Training.State;
using Microsoft.Extensions.Logging;

namespace HealthGpt.Training.Replicas;

/// <summary>
/// Brings all members of a fresh group to the state of the one that is furthest. Where the optimizer's state is sharded, members that were lost may have taken the last of some part with them;
/// then all go back to the last checkpoint.
/// </summary>
internal sealed class StateExchange(TrainingJob job, TrainingState state, string name, string fingerprint, ProcessGroup group, StateActions actions, ILogger logger)
{
    /// <summary>Compares fingerprints and exchanges the state; blocks the device thread.</summary>
    /// <param name="cancellationToken">Ends the exchange.</param>
    public void Run(CancellationToken cancellationToken)
    {
        var standings = Gather(cancellationToken);
        if (standings.Furthest == 0) standings = Restore(cancellationToken);
        RequireSameFingerprint(standings, cancellationToken);
        standings = ApplyPending(standings, cancellationToken);
        if (standings.IsLost)
        {
            logger.LogWarning(
                "No member of generation {Generation} has some part of the optimizer's state after step {Step}; all go back to the last checkpoint.", group.Generation, standings.Furthest);
            actions.Reset();
            standings = Restore(cancellationToken);
        }

        if (standings.Furthest == 0) return;
        if (standings.NeedsWeights) logger.LogInformation("The weights of step {Step} come from all members that have parts of them.", standings.Furthest);
        if (group.Rank == standings.Source && standings.Receivers.Count > 0) SendAsync(standings.Receivers, cancellationToken).GetAwaiter().GetResult();
        if (standings.Receivers.Contains(group.Rank)) Receive(standings, cancellationToken);
        new MomentExchange(job, state, group, actions).Run(standings, cancellationToken);
    }

    private Standings Restore(CancellationToken cancellationToken)
    {
        if (group.Rank == 0) actions.Restore();
        return Gather(cancellationToken);
    }

    // Who has all of a step's gradient brings its parts to where those are that have applied it.
    private Standings ApplyPending(Standings standings, CancellationToken cancellationToken)
    {
        if (standings.IsPendingOf(group.Rank))
        {
            logger.LogInformation("'{Name}' applies step {Step} to its parts, as those have that are further.", name, standings.Furthest);
            actions.ApplyPending();
        }

        state.SetPending(null);
        return standings.AwaitsPending ? Gather(cancellationToken) : standings;
    }

    private Standings Gather(CancellationToken cancellationToken)
    {
        var kept = state.Moments.Select(part => part.Range).ToList();
        var mine = JsonSerializer.SerializeToUtf8Bytes(
            new Standing(name, state.CommittedSteps, fingerprint, kept, state.TrainedLength, state.IsPartial, state.Pending?.Step ?? 0));
        var all = group.AllGatherAsync(mine, cancellationToken).GetAwaiter().GetResult();
        return new Standings(job, [.. all.Select(bytes => JsonSerializer.Deserialize<Standing>(bytes)!)]);
    }

    // Only those that differ fail; the others are ready for a generation without them.
    private void RequireSameFingerprint(Standings standings, CancellationToken cancellationToken)
    {
        var reference = standings[standings.Source].Fingerprint;
        var other = Enumerable.Range(0, group.WorldSize).Select(rank => standings[rank]).FirstOrDefault(standing => standing.Fingerprint != reference);
        if (other is null) return;
        if (fingerprint != reference) throw new FingerprintMismatchException(name, fingerprint, reference);
        var refused = new FingerprintMismatchException(other.Name, other.Fingerprint, reference);
        // The one that differs ends the group. Were that done here, it might end before that one has seen the others' fingerprints, which would then not know why.
        group.BarrierAsync(cancellationToken).GetAwaiter().GetResult();
        throw new GroupAbortedException(job.Name, group.Generation, refused.Message, refused);
    }

    private async Task SendAsync(IReadOnlyList<int> behind, CancellationToken cancellationToken)
    {
        var files = state.Serialize(moments: null);
        var count = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(count, files.Count);
        await Task.WhenAll(behind.Select(async rank =>
        {
            await group.SendAsync(rank, count, cancellationToken);
            foreach (var file in files) await group.SendAsync(rank, file, cancellationToken);
        }));
    }

    // Weights and history; moments follow.
    private void Receive(Standings standings, CancellationToken cancellationToken)
    {
        var source = standings.Source;
        var count = BinaryPrimitives.ReadInt32LittleEndian(group.ReceiveAsync(source, cancellationToken).GetAwaiter().GetResult());
        var files = new List<byte[]>(count);
        while (files.Count < count) files.Add(group.ReceiveAsync(source, cancellationToken).GetAwaiter().GetResult());
        // All of it is here before anything of the old state is given up.
        state.Restore(job, files);
        state.IsPartial = standings[source].IsPartial;
    }
}

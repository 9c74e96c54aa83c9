using System.Buffers.Binary;
using System.Text.Json;
using HealthGpt.Collectives;
using HealthGpt.Training.Jobs;
using HealthGpt.Training.State;

namespace HealthGpt.Training.Replicas;

/// <summary>Brings all members of a fresh group to the state of the one that is furthest.</summary>
internal sealed class StateExchange(TrainingJob job, TrainingState state, string name, string fingerprint)
{
    private sealed record Standing(string Name, long CommittedSteps, string Fingerprint);

    /// <summary>Compares fingerprints and exchanges the state.</summary>
    /// <param name="group">The group.</param>
    /// <param name="restore">Loads the last checkpoint into the state where there is one; asked of rank 0 when nobody has done a step.</param>
    /// <param name="cancellationToken">Ends the exchange.</param>
    public async Task RunAsync(ProcessGroup group, Action restore, CancellationToken cancellationToken)
    {
        var standings = await GatherAsync(group, cancellationToken);
        if (standings.All(standing => standing.CommittedSteps == 0))
        {
            if (group.Rank == 0) restore();
            standings = await GatherAsync(group, cancellationToken);
        }

        var source = Array.IndexOf(standings, standings.MaxBy(standing => standing.CommittedSteps));
        await RequireSameFingerprintAsync(group, standings, source, cancellationToken);
        var behind = Enumerable.Range(0, standings.Length).Where(rank => standings[rank].CommittedSteps < standings[source].CommittedSteps).ToList();
        if (group.Rank == source && behind.Count > 0) await SendAsync(group, behind, cancellationToken);
        if (behind.Contains(group.Rank)) await ReceiveAsync(group, source, cancellationToken);
    }

    private async Task<Standing[]> GatherAsync(ProcessGroup group, CancellationToken cancellationToken)
    {
        var mine = JsonSerializer.SerializeToUtf8Bytes(new Standing(name, state.CommittedSteps, fingerprint));
        var all = await group.AllGatherAsync(mine, cancellationToken);
        return [.. all.Select(bytes => JsonSerializer.Deserialize<Standing>(bytes)!)];
    }

    // Only those that differ fail; the others are ready for a generation without them.
    private async Task RequireSameFingerprintAsync(ProcessGroup group, Standing[] standings, int source, CancellationToken cancellationToken)
    {
        var reference = standings[source].Fingerprint;
        var other = Array.Find(standings, standing => standing.Fingerprint != reference);
        if (other is null) return;
        if (fingerprint != reference) throw new FingerprintMismatchException(name, fingerprint, reference);
        var refused = new FingerprintMismatchException(other.Name, other.Fingerprint, reference);
        // The one that differs ends the group. Were that done here, it might end before that one has seen the others' fingerprints, which would then not know why.
        await group.BarrierAsync(cancellationToken);
        throw new GroupAbortedException(job.Name, group.Generation, refused.Message, refused);
    }

    private async Task SendAsync(ProcessGroup group, IReadOnlyList<int> behind, CancellationToken cancellationToken)
    {
        var files = state.Serialize();
        var count = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(count, files.Count);
        await Task.WhenAll(behind.Select(async rank =>
        {
            await group.SendAsync(rank, count, cancellationToken);
            foreach (var file in files) await group.SendAsync(rank, file, cancellationToken);
        }));
    }

    private async Task ReceiveAsync(ProcessGroup group, int source, CancellationToken cancellationToken)
    {
        var count = BinaryPrimitives.ReadInt32LittleEndian(await group.ReceiveAsync(source, cancellationToken));
        var files = new List<byte[]>(count);
        while (files.Count < count) files.Add(await group.ReceiveAsync(source, cancellationToken));
        // All of it is here before anything of the old state is given up.
        state.Restore(job, files);
    }
}

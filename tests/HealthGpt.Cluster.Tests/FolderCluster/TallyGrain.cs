using HealthGpt.Cluster.FolderCluster;
using Orleans;
using Orleans.Runtime;

namespace HealthGpt.Cluster.Tests.FolderCluster;

/// <summary>Keeps its words in the storage named "healthgpt" and its count of calls in the default one.</summary>
internal sealed class TallyGrain(
    [PersistentState("tally", FolderClusterHosting.StorageName)] IPersistentState<TallyState> tally,
    [PersistentState("tally")] IPersistentState<TallyState> calls) : Grain, ITallyGrain
{
    public async Task<int> AddAsync(string word)
    {
        calls.State = calls.State with { Count = calls.State.Count + 1 };
        await calls.WriteStateAsync();
        tally.State = tally.State with { Words = [.. tally.State.Words, word] };
        await tally.WriteStateAsync();
        return calls.State.Count;
    }

    public Task<TallyState> GetAsync() => Task.FromResult(tally.State with { Count = calls.State.Count });
}

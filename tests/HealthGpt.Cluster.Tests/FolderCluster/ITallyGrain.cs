using Orleans;

namespace HealthGpt.Cluster.Tests.FolderCluster;

/// <summary>A grain that counts words and keeps them.</summary>
public interface ITallyGrain : IGrainWithStringKey
{
    Task<int> AddAsync(string word);

    Task<TallyState> GetAsync();
}

using HealthGpt.Cluster.Abstractions.Devices;
using Orleans.Concurrency;

namespace HealthGpt.Cluster.Abstractions.Serving;

/// <summary>One engine on one leased device. The key is made by <see cref="LeaseKey"/>; it lives on the silo that the lease names.</summary>
public interface IInferenceGrain : IGrainWithStringKey
{
    /// <summary>Starts to load a model folder and returns at once. Once started, it only reports.</summary>
    Task<EngineReport> StartAsync(EngineStart start, CancellationToken cancellationToken = default);

    /// <summary>How the engine is.</summary>
    [AlwaysInterleave]
    Task<EngineReport> GetReportAsync(CancellationToken cancellationToken = default);

    /// <summary>Answers a request piece by piece.</summary>
    /// <exception cref="InferenceRequestException">The request is wrong.</exception>
    /// <exception cref="ServingUnavailableException">The engine is not ready.</exception>
    IAsyncEnumerable<InferenceChunk> InferAsync(InferenceRequest request, CancellationToken cancellationToken = default);

    /// <summary>Drops the engine and frees the device.</summary>
    Task ReleaseAsync(CancellationToken cancellationToken = default);
}

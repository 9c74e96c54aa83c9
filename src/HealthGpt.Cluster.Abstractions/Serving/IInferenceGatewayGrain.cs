namespace HealthGpt.Cluster.Abstractions.Serving;

/// <summary>The way in for requests. The key is the request's id; it lives on the silo that the caller is connected to.</summary>
public interface IInferenceGatewayGrain : IGrainWithStringKey
{
    /// <summary>Checks the request, picks the least loaded replica and streams its answer.</summary>
    /// <exception cref="InferenceRequestException">The request is wrong.</exception>
    /// <exception cref="ServingUnavailableException">Nothing is served, or no replica is left.</exception>
    IAsyncEnumerable<InferenceChunk> InferAsync(InferenceRequest request, CancellationToken cancellationToken = default);
}

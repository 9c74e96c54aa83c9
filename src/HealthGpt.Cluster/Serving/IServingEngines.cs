namespace HealthGpt.Cluster.Serving;

/// <summary>Loads engines: the border between grains and tensors.</summary>
internal interface IServingEngines
{
    Task<IServingEngine> LoadAsync(string modelFolder, CancellationToken cancellationToken);
}

using HealthGpt.Cluster.Devices;
using HealthGpt.Inference;

namespace HealthGpt.Cluster.Serving;

/// <summary>Loads <see cref="InferenceEngine"/>s with this silo's threads.</summary>
internal sealed class InferenceEngines(SiloDevices silo) : IServingEngines
{
    public async Task<IServingEngine> LoadAsync(string modelFolder, CancellationToken cancellationToken) =>
        new LoadedEngine(await InferenceEngine.LoadAsync(modelFolder, new EngineOptions { Threads = silo.Threads }, cancellationToken));
}

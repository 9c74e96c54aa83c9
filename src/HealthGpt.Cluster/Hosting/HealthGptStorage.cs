namespace HealthGpt.Cluster.Hosting;

/// <summary>Where the grains keep their state.</summary>
public static class HealthGptStorage
{
    /// <summary>The name of the grain storage that a host must provide. It must refuse writes with an old ETag: that is the fence between two activations.</summary>
    public const string Name = "healthgpt";
}

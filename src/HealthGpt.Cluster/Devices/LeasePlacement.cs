using Orleans.Runtime;

namespace HealthGpt.Cluster.Devices;

/// <summary>Places a grain on the silo that its key's lease names.</summary>
[Serializable]
public sealed class LeasePlacement : PlacementStrategy;

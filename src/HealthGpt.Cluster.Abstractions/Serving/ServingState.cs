namespace HealthGpt.Cluster.Abstractions.Serving;

/// <summary>Where serving stands.</summary>
public enum ServingState
{
    /// <summary>Nothing is served.</summary>
    Stopped,

    /// <summary>No replica is ready yet.</summary>
    Starting,

    /// <summary>At least one replica answers requests.</summary>
    Ready,

    /// <summary>No replica could load the model, see <see cref="ServingStatus.Error"/>.</summary>
    Failed,
}

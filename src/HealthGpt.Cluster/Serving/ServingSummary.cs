using HealthGpt.Cluster.Abstractions.Serving;

namespace HealthGpt.Cluster.Serving;

/// <summary>What a client is told of serving.</summary>
internal static class ServingSummary
{
    public static ServingStatus Of(CatalogRecord record, IReadOnlyList<ReplicaStatus> replicas, DateTimeOffset now, TimeSpan startDeadline)
    {
        if (record.ModelFolder is null) return new ServingStatus();

        var ready = replicas.FirstOrDefault(replica => replica.Engine.Condition == EngineCondition.Ready);
        var failed = replicas.FirstOrDefault(replica => replica.Engine.Condition == EngineCondition.Failed);
        var isStarved = replicas.Count == 0 && now - record.Since > startDeadline;
        var isFailed = ready is null && (isStarved || (failed is not null && replicas.All(replica => replica.Engine.Condition == EngineCondition.Failed)));
        return new ServingStatus
        {
            State = ready is not null ? ServingState.Ready : isFailed ? ServingState.Failed : ServingState.Starting,
            ModelFolder = record.ModelFolder,
            WantedReplicas = record.Replicas,
            Tasks = ready?.Engine.Tasks ?? [],
            Replicas = replicas,
            Error = failed is not null ? $"The replica on silo '{failed.Silo}' ({failed.Device}) cannot serve '{record.ModelFolder}': {failed.Engine.Error}"
                : replicas.Count < record.Replicas ? $"{replicas.Count} of {record.Replicas} replicas have a device; no other is free; start more silos or end a job."
                : null,
        };
    }
}

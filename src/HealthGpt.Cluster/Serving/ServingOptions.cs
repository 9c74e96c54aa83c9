namespace HealthGpt.Cluster.Serving;

/// <summary>How patient the catalog and the gateways are.</summary>
public sealed class ServingOptions
{
    /// <summary>How often the catalog looks after its replicas.</summary>
    public TimeSpan PollPeriod { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long it waits for one replica's answer. A replica answers without waiting for its device.</summary>
    public TimeSpan PollTimeout { get; set; } = TimeSpan.FromSeconds(1.5);

    /// <summary>How long serving may be without any device before it counts as failed. It goes on looking for one.</summary>
    public TimeSpan StartDeadline { get; set; } = TimeSpan.FromSeconds(30);
}

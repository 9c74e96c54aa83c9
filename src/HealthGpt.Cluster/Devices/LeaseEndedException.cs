namespace HealthGpt.Cluster.Devices;

/// <summary>A grain was called whose lease has ended, because that incarnation of its silo is no longer in the cluster.</summary>
[GenerateSerializer]
public sealed class LeaseEndedException : Exception
{
    /// <summary>Names the grain and the silo.</summary>
    public LeaseEndedException(string key, string silo)
        : base(
            $"The grain '{key}' cannot be reached; the silo '{silo}' that its lease names is not in the cluster (a restarted silo is a new one); "
            + "lease another device.") =>
        Silo = silo;

    /// <summary>The silo that is gone, in parsable form.</summary>
    [Id(0)]
    public string Silo { get; }
}

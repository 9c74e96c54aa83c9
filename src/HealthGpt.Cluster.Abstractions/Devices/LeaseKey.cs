namespace HealthGpt.Cluster.Abstractions.Devices;

/// <summary>
/// The key of a grain that lives where its device is: <c>owner/lease-id/silo-address</c>. The silo is in the key so that every silo places the grain alike
/// without asking anyone.
/// </summary>
public static class LeaseKey
{
    private const char Separator = '/';

    /// <summary>The key for an owner's grain on a leased device.</summary>
    public static string For(string owner, DeviceLease lease) => $"{owner}{Separator}{lease.Id}{Separator}{lease.SiloAddress}";

    /// <summary>The lease's id, or an empty string if the key has another form.</summary>
    public static string LeaseId(string key)
    {
        var parts = key.Split(Separator);
        return parts.Length < 3 ? "" : parts[^2];
    }

    /// <summary>The silo's address in parsable form, or an empty string if the key has another form.</summary>
    public static string SiloAddress(string key)
    {
        var parts = key.Split(Separator);
        return parts.Length < 3 ? "" : parts[^1];
    }
}

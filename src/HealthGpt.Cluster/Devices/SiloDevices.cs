using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;

namespace HealthGpt.Cluster.Devices;

/// <summary>What one silo brings to the cluster.</summary>
public sealed partial record SiloDevices
{
    /// <summary>The silo's name, unique in the cluster.</summary>
    public required string SiloName { get; init; }

    /// <summary>Its devices, as <c>kind:index</c>. May be empty: such a silo only hosts trainers and gateways.</summary>
    public IReadOnlyList<string> Devices { get; init; } = ["cpu:0"];

    /// <summary>A folder of this machine for what can be computed again, such as image features.</summary>
    public required string CacheFolder { get; init; }

    /// <summary>Threads of an engine that serves. A training job brings its own number, because it decides the result's bits.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>The address on which replicas listen for their peers: loopback where all silos share a machine.</summary>
    public IPAddress ListenAddress { get; init; } = IPAddress.Loopback;

    /// <summary>The host name or address under which peers reach this machine, or null for <see cref="ListenAddress"/>.</summary>
    public string? AdvertisedHost { get; init; }

    /// <summary>The number in a device's name.</summary>
    /// <param name="device">As <see cref="Devices"/> names it.</param>
    public static int IndexOf(string device) => int.Parse(device.AsSpan(device.IndexOf(':', StringComparison.Ordinal) + 1), CultureInfo.InvariantCulture);

    /// <summary>Every problem of these values; empty if there is none.</summary>
    public IReadOnlyList<string> Problems()
    {
        var problems = new List<string>();
        if (string.IsNullOrWhiteSpace(SiloName)) problems.Add("The silo's name is empty; the cluster shows it in every status; give it a name.");
        if (string.IsNullOrWhiteSpace(CacheFolder)) problems.Add($"The cache folder of silo '{SiloName}' is empty; name a folder that it may write to.");
        if (Threads < 1) problems.Add($"Silo '{SiloName}' has threads: {Threads}, but an engine needs at least 1.");
        foreach (var device in Devices.Where(device => !DeviceName().IsMatch(device)))
            problems.Add($"Silo '{SiloName}' has the device '{device}', but a device is written as kind:index, such as 'cpu:0'.");
        foreach (var twice in Devices.GroupBy(device => device, StringComparer.Ordinal).Where(group => group.Count() > 1))
            problems.Add($"Silo '{SiloName}' lists the device '{twice.Key}' {twice.Count()} times; list it once.");
        return problems;
    }

    [GeneratedRegex("^(cpu|cuda):[0-9]+$")]
    private static partial Regex DeviceName();
}

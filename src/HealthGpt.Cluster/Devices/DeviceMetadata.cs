using System.Collections.Immutable;

namespace HealthGpt.Cluster.Devices;

/// <summary>How a silo's devices are written in its Orleans metadata, where every other silo can read them.</summary>
internal static class DeviceMetadata
{
    private const string Key = "healthgpt.devices";
    private const char Separator = ',';

    public static Dictionary<string, string> Write(SiloDevices devices) => new() { [Key] = string.Join(Separator, devices.Devices) };

    public static IReadOnlyList<string> Read(ImmutableDictionary<string, string> metadata) =>
        metadata.GetValueOrDefault(Key, "").Split(Separator, StringSplitOptions.RemoveEmptyEntries);
}

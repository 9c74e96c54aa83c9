using System.Text.Json;
using System.Text.Json.Serialization;

namespace HealthGpt.Silo;

/// <summary>The one line that a silo prints when it serves: a parent waits for it.</summary>
public sealed record SiloReady
{
    /// <summary>Always "ready".</summary>
    [JsonPropertyName("state")]
    public string State { get; init; } = "ready";

    /// <summary>The silo's name.</summary>
    [JsonPropertyName("name")]
    public required string Name { get; init; }

    /// <summary>Its process.</summary>
    [JsonPropertyName("processId")]
    public required int ProcessId { get; init; }

    /// <summary>The port for silos.</summary>
    [JsonPropertyName("siloPort")]
    public required int SiloPort { get; init; }

    /// <summary>The port for clients.</summary>
    [JsonPropertyName("gatewayPort")]
    public required int GatewayPort { get; init; }

    /// <summary>Where it logs to.</summary>
    [JsonPropertyName("log")]
    public required string Log { get; init; }

    /// <summary>The message as one line of JSON.</summary>
    public string ToLine() => JsonSerializer.Serialize(this);

    /// <summary>Reads a line; null when it is something else.</summary>
    public static SiloReady? FromLine(string line)
    {
        if (!line.StartsWith('{'))
            return null;

        try
        {
            return JsonSerializer.Deserialize<SiloReady>(line) is { State: "ready" } ready ? ready : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

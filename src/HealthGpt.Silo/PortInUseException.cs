namespace HealthGpt.Silo;

/// <summary>A port that the silo is to listen on is taken.</summary>
public sealed class PortInUseException(string key, int port) : Exception($"port {port} is in use; '{key}' names it and another process holds it; set '{key}' to a free port")
{
    /// <summary>The setting that names the port.</summary>
    public string Key => key;

    /// <summary>The port.</summary>
    public int Port => port;

    /// <summary>Whether a line that a silo process printed tells of this exception.</summary>
    public static bool IsToldIn(string line) => line.StartsWith("error: port ", StringComparison.Ordinal) && line.Contains("is in use;", StringComparison.Ordinal);
}

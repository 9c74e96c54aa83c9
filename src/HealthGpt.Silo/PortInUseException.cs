namespace HealthGpt.Silo;

/// <summary>A port that the silo is to listen on is taken.</summary>
public sealed class PortInUseException(string key, int port) : Exception($"port {port} is in use; '{key}' names it and another process holds it; set '{key}' to a free port")
{
    /// <summary>The setting that names the port.</summary>
    public string Key => key;

    /// <summary>The port.</summary>
    public int Port => port;
}

namespace HealthGpt.Storage.Locations;

/// <summary>How Azure Blob Storage is reached.</summary>
public sealed record StorageAccess
{
    /// <summary>The variable that holds a connection string.</summary>
    public const string Variable = "AZURE_STORAGE_CONNECTION_STRING";

    /// <summary>As the process' environment says: the connection string of <see cref="Variable"/>, or none.</summary>
    public static StorageAccess FromEnvironment =>
        new() { ConnectionString = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } text ? text : null };

    /// <summary>A connection string with a key or a signature; null to sign in with DefaultAzureCredential.</summary>
    public string? ConnectionString { get; init; }

    /// <summary>A request is given up when no byte of it has moved for so long, repeated attempts included.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Says whether there is a connection string, never which.</summary>
    public override string ToString() => ConnectionString is null ? "DefaultAzureCredential" : "a connection string";
}

namespace HealthGpt.Storage.Locations;

/// <summary>What kind of trouble a store has.</summary>
public enum ArtifactFault
{
    /// <summary>Neither of the others.</summary>
    Other,

    /// <summary>Something is not there: a container, a blob, a folder.</summary>
    Missing,

    /// <summary>There is no permission.</summary>
    Refused,

    /// <summary>Nothing answers.</summary>
    Unreachable,
}

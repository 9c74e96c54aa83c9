namespace HealthGpt.Training.Replicas;

/// <summary>A group was asked for whose generation is behind.</summary>
public sealed class StaleGenerationException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="asked">The generation asked for.</param>
    /// <param name="known">The highest generation known.</param>
    public StaleGenerationException(long asked, long known)
        : base($"generation {asked} was asked for, but generation {known} is known already; claim a higher one")
    {
        Asked = asked;
        Known = known;
    }

    /// <summary>The generation asked for.</summary>
    public long Asked { get; }

    /// <summary>The highest generation known.</summary>
    public long Known { get; }
}

namespace HealthGpt.Storage.Locations;

/// <summary>A file is not what its manifest says, or is gone.</summary>
public sealed class DamagedArtifactException : ArtifactException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="file">The file.</param>
    /// <param name="expected">What it should be.</param>
    /// <param name="found">What it is.</param>
    /// <param name="inner">What it was told by.</param>
    public DamagedArtifactException(ArtifactAddress file, string expected, string found, Exception? inner = null)
        : base($"'{file}' is damaged: expected {expected}, found {found}", ArtifactFault.Other, inner) => File = file;

    /// <summary>The file.</summary>
    public ArtifactAddress File { get; }
}

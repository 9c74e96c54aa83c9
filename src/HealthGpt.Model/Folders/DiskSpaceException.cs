namespace HealthGpt.Model.Folders;

/// <summary>A disk has less room than what was to be written.</summary>
public sealed class DiskSpaceException : IOException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="folder">Where it was to be written.</param>
    /// <param name="needed">Bytes that are needed.</param>
    /// <param name="free">Bytes that are free.</param>
    public DiskSpaceException(string folder, long needed, long free)
        : base($"'{folder}' needs {needed} bytes; its disk has {free} bytes free; free some or choose another disk")
    {
    }
}

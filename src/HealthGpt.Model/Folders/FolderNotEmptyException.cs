namespace HealthGpt.Model.Folders;

/// <summary>A new folder was to be written where something is already.</summary>
public sealed class FolderNotEmptyException : IOException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="folder">The place.</param>
    public FolderNotEmptyException(string folder) : base($"'{folder}' is there already and is not empty") => Folder = folder;

    /// <summary>The place.</summary>
    public string Folder { get; }
}

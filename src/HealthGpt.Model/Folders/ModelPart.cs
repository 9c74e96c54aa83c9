using HealthGpt.Storage.Files;

namespace HealthGpt.Model.Folders;

/// <summary>One part of a model folder.</summary>
/// <param name="Path">The part's folder or file, relative to healthgpt.json.</param>
/// <param name="Sha256">SHA-256, lower-case hexadecimal: of the file, or of the list of the folder's files and their hashes.</param>
public sealed record ModelPart(string Path, string Sha256)
{
    /// <summary>Where it is.</summary>
    /// <param name="folder">The model's folder.</param>
    /// <returns>The whole path of its folder or file.</returns>
    public string In(string folder) =>
        // Beside a folder is beside where its links lead, as for the system; what lies in it keeps the name that the user gave.
        System.IO.Path.GetFullPath(Path, IsOutside ? RealPath.Of(folder) : System.IO.Path.GetFullPath(folder));

    private bool IsOutside => Path.Split('/', '\\').Contains("..");
}

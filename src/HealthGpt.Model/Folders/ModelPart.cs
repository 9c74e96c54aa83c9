namespace HealthGpt.Model.Folders;

/// <summary>One part of a model folder.</summary>
/// <param name="Path">The part's folder or file, relative to healthgpt.json.</param>
/// <param name="Sha256">SHA-256, lower-case hexadecimal: of the file, or of the list of the folder's files and their hashes.</param>
public sealed record ModelPart(string Path, string Sha256)
{
    /// <summary>Where it is.</summary>
    /// <param name="folder">The model's folder.</param>
    /// <returns>The whole path of its folder or file.</returns>
    public string In(string folder) => System.IO.Path.GetFullPath(System.IO.Path.Combine(folder, Path));
}

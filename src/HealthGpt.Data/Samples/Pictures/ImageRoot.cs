using HealthGpt.Storage.Locations;

namespace HealthGpt.Data.Samples.Pictures;

/// <summary>The place that a source's pictures are relative to and may not leave.</summary>
internal abstract class ImageRoot
{
    /// <summary>Opens a root.</summary>
    /// <param name="root">An absolute folder, or an address in Azure Blob Storage.</param>
    public static ImageRoot Of(string root) => BlobAddress.IsOne(root) ? new BlobImageRoot(BlobAddress.FromText(root), BlobPictures.Shared) : new FolderImageRoot(root);

    /// <summary>Looks whether a root is there.</summary>
    /// <returns>What is wrong, to follow its name in a message; null if nothing is.</returns>
    public static string? ProblemOf(ArtifactAddress root)
    {
        if (root is not BlobAddress blob) return Directory.Exists(root.ToString()) ? null : "which is no folder";
        try
        {
            return BlobPictures.Shared.HasAny(blob) ? null : "which holds nothing";
        }
        catch (ArtifactException error)
        {
            return $"which cannot be used: {error.Message}";
        }
    }

    /// <summary>Finds a picture. Safe to call from several threads.</summary>
    /// <param name="name">Its name in the sample.</param>
    /// <param name="path">Its absolute path or address; the root's where it has none.</param>
    /// <returns>Why it may not or cannot be used; null if it can.</returns>
    /// <exception cref="ArtifactException">Nothing answers, so that no picture can be looked at.</exception>
    public abstract string? Find(string name, out string path);

    /// <summary>How many threads look for pictures side by side where so many work on them.</summary>
    public virtual int Readers(int threads) => threads;
}

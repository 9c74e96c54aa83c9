using HealthGpt.Storage.Blobs;

namespace HealthGpt.Storage.Locations;

/// <summary>
/// A folder of artifacts on a disk or in Azure Blob Storage. A file is there whole or not at all, and one that is written again is the old or the new for who
/// reads meanwhile. Safe to use from several threads.
/// </summary>
public abstract class ArtifactLocation
{
    /// <summary>Where it is.</summary>
    public abstract ArtifactAddress Address { get; }

    /// <summary>Opens a place; nothing is looked at yet.</summary>
    /// <param name="address">The place.</param>
    /// <param name="access">How Azure Blob Storage is reached; left out, as the environment says.</param>
    /// <exception cref="ArtifactException">The connection string is wrong or of another account.</exception>
    public static ArtifactLocation Open(ArtifactAddress address, StorageAccess? access = null) => address switch
    {
        FolderAddress folder => new FolderLocation(folder),
        BlobAddress blob => new BlobLocation(blob, BlobContainers.Of(blob, access ?? StorageAccess.FromEnvironment), access ?? StorageAccess.FromEnvironment),
        _ => throw new ArgumentException($"'{address}' is of an unknown kind", nameof(address)),
    };

    /// <summary>A folder inside.</summary>
    /// <param name="name">A plain name.</param>
    public abstract ArtifactLocation Under(string name);

    /// <summary>Names of the folders directly inside that hold anything, in ordinal order; none where the place does not exist.</summary>
    /// <param name="cancellationToken">Stops the listing.</param>
    public abstract Task<IReadOnlyList<string>> ListFoldersAsync(CancellationToken cancellationToken);

    /// <summary>The files directly inside; none where the place does not exist.</summary>
    /// <param name="cancellationToken">Stops the listing.</param>
    public abstract Task<IReadOnlyList<ArtifactFile>> ListFilesAsync(CancellationToken cancellationToken);

    /// <summary>Writes a file from memory, in parallel blocks where it goes over a network.</summary>
    /// <param name="name">A plain name.</param>
    /// <param name="bytes">Its content.</param>
    /// <param name="cancellationToken">Leaves what was there.</param>
    public abstract Task WriteAsync(string name, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken);

    /// <summary>Writes a file from a stream, in parallel blocks where it goes over a network.</summary>
    /// <param name="name">A plain name.</param>
    /// <param name="content">Its content; read to its end.</param>
    /// <param name="cancellationToken">Leaves what was there.</param>
    public abstract Task WriteAsync(string name, Stream content, CancellationToken cancellationToken);

    /// <summary>Length of a file in bytes; null where there is none.</summary>
    /// <param name="name">A plain name.</param>
    /// <param name="cancellationToken">Stops the look.</param>
    public abstract Task<long?> LengthAsync(string name, CancellationToken cancellationToken);

    /// <summary>Reads a file whole, in parallel blocks where it comes over a network.</summary>
    /// <param name="name">A plain name.</param>
    /// <param name="mostBytes">What is longer is refused before any memory is taken.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>Its bytes; null where there is none.</returns>
    public abstract Task<byte[]?> ReadAsync(string name, long mostBytes, CancellationToken cancellationToken);

    /// <summary>Deletes a file; a missing one is no error.</summary>
    /// <param name="name">A plain name.</param>
    /// <param name="cancellationToken">Stops the deletion.</param>
    public abstract Task DeleteAsync(string name, CancellationToken cancellationToken);

    /// <summary>Deletes everything inside, and the folder itself.</summary>
    /// <param name="cancellationToken">Stops the deletion in between.</param>
    public abstract Task DeleteAllAsync(CancellationToken cancellationToken);

    /// <summary>Writes and deletes an empty file, to learn before the work whether its result can be kept.</summary>
    /// <param name="cancellationToken">Stops the attempt.</param>
    /// <exception cref="IOException">It cannot.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not.</exception>
    public virtual async Task RequireWritableAsync(CancellationToken cancellationToken)
    {
        var probe = $".probe-{Guid.NewGuid():N}";
        await WriteAsync(probe, ReadOnlyMemory<byte>.Empty, cancellationToken);
        await DeleteAsync(probe, cancellationToken);
    }

    /// <summary>The error of a file that is longer than asked for.</summary>
    protected ArtifactException TooLong(string name, long length, long most) =>
        new($"'{Address.Under(name)}' has {length} bytes, more than the limit of {most}");
}

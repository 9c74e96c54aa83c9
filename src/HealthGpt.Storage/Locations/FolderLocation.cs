using HealthGpt.Storage.Files;

namespace HealthGpt.Storage.Locations;

/// <summary>A folder of a file system.</summary>
internal sealed class FolderLocation(FolderAddress address) : ArtifactLocation
{
    private readonly string _folder = address.FolderPath;

    public override ArtifactAddress Address => address;

    public override ArtifactLocation Under(string name)
    {
        PlainName.Require(name);
        return new FolderLocation(address.Under(name));
    }

    public override Task<IReadOnlyList<string>> ListFoldersAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<string>>(
        Directory.Exists(_folder) ? [.. Directory.EnumerateDirectories(_folder).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)] : []);

    public override Task<IReadOnlyList<ArtifactFile>> ListFilesAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<ArtifactFile>>(
        Directory.Exists(_folder) ? [.. new DirectoryInfo(_folder).EnumerateFiles().Select(file => new ArtifactFile(file.Name, LengthOf(file)))] : []);

    public override async Task WriteAsync(string name, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        var path = PathOf(name);
        Directory.CreateDirectory(_folder);
        await AtomicFile.WriteAsync(path, bytes, cancellationToken);
    }

    public override Task WriteAsync(string name, Stream content, CancellationToken cancellationToken)
    {
        var path = PathOf(name);
        Directory.CreateDirectory(_folder);
        return Task.Run(() => AtomicFile.Write(path, content.CopyTo), cancellationToken);
    }

    public override Task<long?> LengthAsync(string name, CancellationToken cancellationToken)
    {
        var file = OrdinaryFile.Resolved(PathOf(name));
        return Task.FromResult(file.Exists ? file.Length : (long?)null);
    }

    public override async Task<byte[]?> ReadAsync(string name, long mostBytes, CancellationToken cancellationToken)
    {
        try
        {
            var file = new FileStream(PathOf(name), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, useAsync: true);
            await using (file)
            {
                if (file.Length > mostBytes) throw TooLong(name, file.Length, mostBytes);
                var bytes = new byte[file.Length];
                await file.ReadExactlyAsync(bytes, cancellationToken);
                return bytes;
            }
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    public override Task DeleteAsync(string name, CancellationToken cancellationToken)
    {
        AtomicFile.Delete(PathOf(name));
        return Task.CompletedTask;
    }

    public override Task DeleteAllAsync(CancellationToken cancellationToken)
    {
        if (Directory.Exists(_folder)) Directory.Delete(_folder, recursive: true);
        return Task.CompletedTask;
    }

    // A checkpoint may be of links into another disk or a store of versions.
    private static long LengthOf(FileInfo file) => file.LinkTarget is null ? file.Length : OrdinaryFile.Resolved(file.FullName) is { Exists: true } target ? target.Length : 0;

    private string PathOf(string name)
    {
        PlainName.Require(name);
        return Path.Combine(_folder, name);
    }
}

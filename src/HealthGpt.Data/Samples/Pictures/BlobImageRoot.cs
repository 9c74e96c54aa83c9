using HealthGpt.Storage.Locations;

namespace HealthGpt.Data.Samples.Pictures;

/// <summary>A place in Azure Blob Storage that pictures are relative to. A picture that is found has been fetched into the local cache.</summary>
internal sealed class BlobImageRoot(BlobAddress root, BlobPictures pictures) : ImageRoot
{
    // A reader mostly waits for the network.
    private const int ReadersAtOnce = 16;

    public override int Readers(int threads) => Math.Max(threads, ReadersAtOnce);

    public override string? Find(string name, out string path)
    {
        path = root.ToString();
        if (string.IsNullOrWhiteSpace(name) || name.Any(char.IsControl))
            return $"a picture's name is {Quoted.Of(name)}, which is none";
        if (Inside(name) is not { } inside)
            return $"picture {Quoted.Of(name)} lies outside the source's root '{root}'; pictures must be inside it";
        path = root.Under(inside).ToString();
        try
        {
            return pictures.Fetch(path) ? null : $"picture {Quoted.Of(name)} does not exist under '{root}'";
        }
        catch (ArtifactException error) when (error.Fault != ArtifactFault.Unreachable)
        {
            return $"picture {Quoted.Of(name)} cannot be looked at ({error.Message})";
        }
    }

    // What a folder would do with the name, without one.
    private static string? Inside(string name)
    {
        if (name.StartsWith('/')) return null;
        var parts = new List<string>();
        foreach (var part in name.Split('/'))
        {
            if (part is "" or ".") continue;
            if (part != "..") parts.Add(part);
            else if (parts.Count == 0) return null;
            else parts.RemoveAt(parts.Count - 1);
        }

        return parts.Count == 0 ? null : string.Join('/', parts);
    }
}

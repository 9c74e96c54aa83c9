namespace HealthGpt.Model.Weights;

/// <summary>One file of a model's weights.</summary>
/// <param name="Path">The file.</param>
/// <param name="Index">The index that names it; null for a file by itself.</param>
/// <param name="Keys">The tensors that the index places in it.</param>
public sealed record WeightShard(string Path, string? Index = null, IReadOnlyCollection<string>? Keys = null)
{
    /// <summary>Opens the file and holds it to its index.</summary>
    /// <exception cref="WeightFileException">The file is missing or wrong, or lacks a tensor of the index, or has one that the index does not name.</exception>
    public WeightFile Open()
    {
        var file = WeightFile.Open(Path);
        try
        {
            if (Keys is not null) Compare(file, Keys);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private void Compare(WeightFile file, IReadOnlyCollection<string> keys)
    {
        var missing = keys.FirstOrDefault(key => !file.Entries.ContainsKey(key));
        if (missing is not null) throw new WeightFileException(Path, $"has no tensor '{missing}', which {Index} places in it");
        if (file.Entries.Count == keys.Count) return;
        var known = keys.ToHashSet(StringComparer.Ordinal);
        throw new WeightFileException(Path, $"has the tensor '{file.Entries.Keys.First(key => !known.Contains(key))}', which {Index} does not name");
    }
}

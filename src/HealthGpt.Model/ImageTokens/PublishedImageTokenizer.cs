using HealthGpt.Model.Weights;

namespace HealthGpt.Model.ImageTokens;

/// <summary>Where the files of an image tokenizer are: of ours (model.yaml and model.safetensors), or as taming-transformers publishes them (configs/model.yaml and checkpoints/last.ckpt).</summary>
/// <param name="Config">The configuration.</param>
/// <param name="Weights">The weight file, or a folder that holds one.</param>
internal sealed record PublishedImageTokenizer(string Config, string Weights)
{
    /// <summary>Finds the files of a folder, or those that belong to a weight file.</summary>
    /// <param name="path">The folder or weight file.</param>
    /// <exception cref="WeightFileException">There is no configuration.</exception>
    public static PublishedImageTokenizer Find(string path)
    {
        var isFile = File.Exists(path);
        var folder = Path.GetFullPath(isFile ? Path.GetDirectoryName(Path.GetFullPath(path))! : path);
        string[] places = isFile ? [folder, Path.Combine(folder, "..")] : [folder];
        var config = places.SelectMany(place => (string[])[Path.Combine(place, "model.yaml"), Path.Combine(place, "configs", "model.yaml")]).FirstOrDefault(File.Exists)
            ?? throw new WeightFileException(path, "has no model.yaml beside it, nor in a folder configs; the image tokenizer's configuration must be there");
        if (isFile) return new(Path.GetFullPath(config), Path.GetFullPath(path));
        var checkpoint = Path.Combine(folder, "checkpoints", "last.ckpt");
        return new(Path.GetFullPath(config), File.Exists(checkpoint) ? checkpoint : folder);
    }

    /// <summary>Whether a folder is one of an image tokenizer.</summary>
    public static bool IsAt(string folder) => File.Exists(Path.Combine(folder, "model.yaml")) || File.Exists(Path.Combine(folder, "configs", "model.yaml"));
}

using HealthGpt.Model.Folders;

namespace HealthGpt.Cli.Evaluation.Results;

/// <summary>The model whose plugins were measured.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Sha256">Hashes of its parts, by their names in its manifest.</param>
internal sealed record ModelDescription(string Name, IReadOnlyDictionary<string, string> Sha256)
{
    public static ModelDescription Of(ModelManifest manifest)
    {
        var parts = new Dictionary<string, string>
        {
            ["base"] = manifest.Base.Sha256,
            ["visionTower"] = manifest.VisionTower.Sha256,
            ["imageTokenizer"] = manifest.ImageTokenizer.Sha256,
            ["tokenizer"] = manifest.Tokenizer.Sha256,
        };
        if (manifest.Fusion is { } fusion)
            parts["fusion"] = fusion.Sha256;
        return new ModelDescription(manifest.Name, parts);
    }
}

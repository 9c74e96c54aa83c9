using System.Security.Cryptography;
using System.Text;
using HealthGpt.Model.Folders;

namespace HealthGpt.Training.State;

/// <summary>What a model's part of a job's result depends on: the hashes of its parts, and how it is asked.</summary>
internal static class ModelIdentity
{
    /// <summary>All of it.</summary>
    public static string TextOf(ModelManifest manifest)
    {
        var parts = new[] { manifest.Base, manifest.VisionTower, manifest.ImageTokenizer, manifest.Tokenizer, manifest.Fusion }
            .Concat(manifest.Plugins.OrderBy(plugin => plugin.Key, StringComparer.Ordinal).Select(plugin => plugin.Value));
        return manifest.Template + manifest.SystemText + string.Concat(parts.Select(part => part?.Sha256 ?? "none"));
    }

    /// <summary>SHA-256 of it, in lower-case hexadecimal.</summary>
    public static string Of(ModelManifest manifest) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(TextOf(manifest))));
}

using System.Runtime.InteropServices;
using HealthGpt.Data.Images;
using HealthGpt.Model.ImageTokens;
using HealthGpt.Model.Vision;
using HealthGpt.Training.Samples;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Training.Features;

// Shapes: P patches, W vision width, S image side.

/// <summary>
/// Vision features and image tokens of images, computed once each by the parts that are never trained. Images go through one by one: the bits of a row
/// may depend on how many rows a matmul has, and an image's features must not depend on which worker computed them beside what.
/// </summary>
internal sealed class FrozenParts(VisionTower tower, ClipPreparation clip, ImageTokenizer tokenizer, FrozenCache cache)
{
    private readonly int _featureBytes = tower.Config.Patches * tower.Config.Width * (tower.Type == ScalarType.Float32 ? 4 : 2);

    /// <summary>Features of an image, <c>(P, W)</c> in the tower's element type; the caller's.</summary>
    /// <param name="image">The image.</param>
    /// <param name="concrete">Whether of the concrete-grained layer.</param>
    public Tensor Features(ImageReference image, bool concrete)
    {
        var bytes = cache.Get($"{image.Sha256}-{(concrete ? "concrete" : "abstract")}", _featureBytes, () => ComputeFeatures(image, concrete));
        var features = empty([tower.Config.Patches, tower.Config.Width], tower.Type);
        bytes.CopyTo(features.bytes);
        return features;
    }

    /// <summary>Code indices of an image, row by row.</summary>
    public int[] ImageTokens(ImageReference image)
    {
        var bytes = cache.Get($"{image.Sha256}-codes", tokenizer.Grid * tokenizer.Grid * sizeof(int), () => ComputeTokens(image));
        return MemoryMarshal.Cast<byte, int>(bytes).ToArray();
    }

    private byte[] ComputeFeatures(ImageReference image, bool concrete)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var side = tower.Config.ImageSize;
        var prepared = torch.tensor(clip.Prepare(Load(image)), [1, 3, side, side]).to(tower.Type);
        var features = tower.Forward(prepared, !concrete, concrete);
        return (concrete ? features.Concrete : features.Abstract)!.cpu().contiguous().bytes.ToArray();
    }

    private byte[] ComputeTokens(ImageReference image)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var side = tokenizer.Resolution;
        var prepared = torch.tensor(TokenizerPreparation.Prepare(Load(image), side), [1, 3, side, side]).to(tokenizer.Type);
        return tokenizer.Encode(prepared).to(ScalarType.Int32).cpu().contiguous().bytes.ToArray();
    }

    private static RgbImage Load(ImageReference image) => RgbImage.Load(image.FilePath);
}

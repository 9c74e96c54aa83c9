using HealthGpt.Data.Samples;
using HealthGpt.Inference.Requests;
using HealthGpt.Model.Vision;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Inference.Features;

// Shapes: S image side, P patches, W vision width.

/// <summary>The vision tower's features of images, kept by content so that a dialogue about one image encodes it once. For the device's thread.</summary>
internal sealed class ImageFeatures : IDisposable
{
    private readonly VisionTower _tower;
    private readonly ByteBoundedCache<FeatureKey, Tensor> _cache;

    public ImageFeatures(VisionTower tower, long cacheBytes)
    {
        _tower = tower;
        _cache = new ByteBoundedCache<FeatureKey, Tensor>(cacheBytes);
    }

    /// <summary>Images the tower has read.</summary>
    public int Reads { get; private set; }

    /// <summary>Features of one image for one kind of task, (1, P, W); the caller's.</summary>
    public Tensor Of(RequestImage image, TaskKind kind)
    {
        var key = new FeatureKey(image.Hash, kind);
        if (_cache.TryGet(key, out var cached))
            return cached!.alias();
        var features = Read(image, kind);
        if (!_cache.TryAdd(key, features, features.NumberOfElements * features.ElementSize))
            return features;
        return features.alias();
    }

    /// <inheritdoc />
    public void Dispose() => _cache.Dispose();

    private Tensor Read(RequestImage image, TaskKind kind)
    {
        var side = _tower.Config.ImageSize;
        using var plain = tensor(image.Pixels, [1, 3, side, side]);
        using var pixels = plain.to(_tower.Type, _tower.Device);
        Reads++;
        var features = _tower.Forward(pixels, kind == TaskKind.Comprehension, kind == TaskKind.Generation);
        return (kind == TaskKind.Comprehension ? features.Abstract : features.Concrete)!;
    }
}

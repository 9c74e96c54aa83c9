using HealthGpt.Model;
using HealthGpt.Model.Devices;
using HealthGpt.Model.ImageTokens;
using HealthGpt.Model.Vision;
using HealthGpt.Training.Phases;
using HealthGpt.Training.Pipeline;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Training.Features;

// Shapes: P patches, W vision width, S image side.

/// <summary>
/// Vision features and image tokens of images, computed once each by the parts that are never trained. Images go through one by one: the bits of a row
/// may depend on how many rows a matmul has, and an image's features must not depend on which worker computed them beside what.
/// </summary>
/// <param name="model">The model.</param>
/// <param name="cache">Keeps results.</param>
/// <param name="loader">Prepares pictures that were not prepared ahead.</param>
/// <param name="clock">Counts the time that goes into data and not into the parts.</param>
internal sealed class FrozenParts(HealthGptModel model, FrozenCache cache, MicroBatchLoader loader, DataClock clock)
{
    private readonly VisionTower _tower = model.Tower;
    private readonly ImageTokenizer _tokenizer = model.ImageTokenizer;

    /// <summary>Features of an image, <c>(P, W)</c> in the tower's element type and where the model is; the caller's.</summary>
    public Tensor Features(FrozenInput input)
    {
        var bytes = Get(input);
        using var features = empty([_tower.Config.Patches, _tower.Config.Width], _tower.Type);
        bytes.CopyTo(features.bytes);
        return features.As(_tower.Type, model.Device);
    }

    /// <summary>Where everything of a micro-batch lies, once the image tokens of its answers are computed.</summary>
    public BatchLayout LayoutOf(MicroBatch batch)
    {
        var codes = Array.ConvertAll(batch.Answers, answer => MicroBatchLoader.CodesOf(Get(answer)));
        return clock.Measure(() => loader.LayoutOf(batch, codes));
    }

    private byte[] Get(FrozenInput input)
    {
        // An earlier micro-batch may have had the same picture.
        if ((input.Result ?? cache.TryGetFromMemory(input.Key)) is { } known) return known;
        if (input.Pixels is null) input = clock.Measure(() => loader.LoadLate(input));
        if (input.Result is { } read) return read;
        var computed = input.Output == FrozenOutput.Codes ? ComputeTokens(input.Pixels!) : ComputeFeatures(input.Pixels!, input.Output == FrozenOutput.ConcreteFeatures);
        clock.Measure(() => cache.Put(input.Key, computed));
        return computed;
    }

    private byte[] ComputeFeatures(float[] pixels, bool concrete)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var side = _tower.Config.ImageSize;
        var prepared = torch.tensor(pixels, [1, 3, side, side]).As(_tower.Type, model.Device);
        var features = _tower.Forward(prepared, !concrete, concrete);
        return (concrete ? features.Concrete : features.Abstract)!.cpu().contiguous().bytes.ToArray();
    }

    private byte[] ComputeTokens(float[] pixels)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var side = _tokenizer.Resolution;
        var prepared = torch.tensor(pixels, [1, 3, side, side]).As(_tokenizer.Type, model.Device);
        return _tokenizer.Encode(prepared).to(ScalarType.Int32).cpu().contiguous().bytes.ToArray();
    }
}

using System.Globalization;
using HealthGpt.Benchmarks.Measuring;
using HealthGpt.Benchmarks.Subjects;
using HealthGpt.Model.Decoder;
using HealthGpt.Model.ImageTokens;
using HealthGpt.Model.Presets;
using HealthGpt.Model.Synthesis;
using HealthGpt.Model.Vision;
using TorchSharp;

namespace HealthGpt.Benchmarks.Training;

/// <summary>Whether memory stays where it is over 2,000 steps of a tiny model on batches of many lengths. Times nothing; it tells live tensors and resident memory.</summary>
internal sealed class StepMemoryBenchmark : IBenchmark
{
    private const int Steps = 2000;
    private const ulong Seed = 20298;

    private static readonly PublishedSizes Sizes = new(
        new() { Family = DecoderFamily.Phi3, Hidden = 32, Layers = 2, Heads = 4, KeyValueHeads = 4, FeedForward = 64, VocabularyRows = 264 },
        261,
        new() { Width = 32, Layers = 3, Heads = 2, FeedForward = 64, ImageSize = 32, PatchSize = 8 },
        new() { Channels = 32, Multipliers = [1, 1, 1], ResidualBlocks = 1, AttentionSides = [], Resolution = 16, LatentChannels = 8, EmbeddingWidth = 8, Codes = 24 });

    public string Name => "step-memory";

    public bool OnlyByName => true;

    public void Run(Meter meter)
    {
        using var folder = new TemporaryFolder();
        new SyntheticModel(PresetParts.Of(ModelPreset.Nano), Sizes, torch.ScalarType.BFloat16, Seed).Write(folder["model"], _ => { }, meter.CancellationToken);
        using var step = new VqaStep(folder["cache"], 1L << 26, VqaStep.Half, new StepSetting { Model = folder["model"] });
        for (var done = 1; done <= Steps; done++)
        {
            meter.CancellationToken.ThrowIfCancellationRequested();
            step.RunNext();
            if (done is 100 or 500 or 1000 or Steps) Console.Error.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"after {done} steps: {torch.Tensor.TotalCount} live tensors, {Environment.WorkingSet / 1e6:F0} MB resident, {GC.GetTotalMemory(false) / 1e6:F0} MB of it managed"));
        }
    }
}

using HealthGpt.Benchmarks.Measuring;
using HealthGpt.Benchmarks.Subjects;

namespace HealthGpt.Benchmarks.Training;

/// <summary>One step of question answering on healthgpt-nano, and what makes it cheap.</summary>
internal sealed class TrainingStepBenchmark : IBenchmark
{
    private const long Plenty = 1L << 30;
    private const float Tolerance = 1e-3f;

    public string Name => "training";

    public void Run(Meter meter)
    {
        using var folder = new TemporaryFolder();
        using var single = new VqaStep(folder["single"], Plenty, VqaStep.Single);
        using var half = new VqaStep(folder["half"], Plenty, VqaStep.Half);
        var work = new Work(single.Tokens, "tokens");
        var what = $"a step of instruction/vqa, {single.Batch.Length} samples, {single.Tokens} tokens";
        meter.Compare(Name, what, Side.Of("float32", () => single.Run()), Side.Of("bfloat16", () => half.Run()), work);
        CompareHeads(meter, single);
        CompareFeatures(meter, folder, single, what, work);
    }

    private void CompareHeads(Meter meter, VqaStep step)
    {
        using var loss = new AnswerLoss(step);
        var difference = Math.Abs(loss.Run(everywhere: true) - loss.Run(everywhere: false));
        if (difference > Tolerance) throw new InvalidOperationException($"the two losses differ by {difference}, so their times say nothing");
        meter.Compare(
            Name, $"forward and backward pass of {loss.Samples.Length} of its samples, float32",
            Side.Of("head at every position", () => loss.Run(everywhere: true)),
            Side.Of("head at answer positions", () => loss.Run(everywhere: false)), new Work(loss.Samples.Sum(sample => sample.Length), "tokens"));
    }

    private void CompareFeatures(Meter meter, TemporaryFolder folder, VqaStep remembering, string what, Work work)
    {
        var cache = folder["forgetful"];
        using var forgetful = new VqaStep(cache, cacheBytes: 0, VqaStep.Single);
        var images = forgetful.Batch.SelectMany(sample => sample.Images).Select(image => image.Sha256).Distinct().Count();
        var computed = Side.Of($"vision features of {images} images computed", () => forgetful.Run(), () => Empty(cache));
        meter.Compare(Name, what + ", float32", computed, Side.Of("vision features from memory", () => remembering.Run()), work);
    }

    private static void Empty(string folder)
    {
        foreach (var part in Directory.EnumerateDirectories(Path.Combine(folder, "features", "benchmark"))) Directory.Delete(part, recursive: true);
    }
}

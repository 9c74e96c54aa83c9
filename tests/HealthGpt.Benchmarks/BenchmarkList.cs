using HealthGpt.Benchmarks.Checkpoints;
using HealthGpt.Benchmarks.Collectives;
using HealthGpt.Benchmarks.Datasets;
using HealthGpt.Benchmarks.Decoding;
using HealthGpt.Benchmarks.HLora;
using HealthGpt.Benchmarks.Images;
using HealthGpt.Benchmarks.Training;
using HealthGpt.Benchmarks.Vision;
using HealthGpt.Benchmarks.Weights;

namespace HealthGpt.Benchmarks;

/// <summary>All benchmarks, in the order of the table.</summary>
internal static class BenchmarkList
{
    public static IReadOnlyList<IBenchmark> All { get; } =
    [
        new AllReduceBenchmark(), new ReductionBenchmark(), new ShardSumBenchmark(), new TrainingStepBenchmark(),
        new PlainStepBenchmark(wide: false, VqaStep.Single), new PlainStepBenchmark(wide: false, VqaStep.Half),
        new PlainStepBenchmark(wide: true, VqaStep.Single), new PlainStepBenchmark(wide: true, VqaStep.Half),
        new WeakScalingBenchmark(), new StepMemoryBenchmark(), new PipelineBenchmark(), new DecodingBenchmark(), new WeightReadingBenchmark(), new EngineBenchmark(),
        new HLoraBenchmark(), new CheckpointBenchmark(), new VisionTowerBenchmark(), new ResizeBenchmark(), new IndexBenchmark(), new WeightFilesBenchmark(),
    ];
}

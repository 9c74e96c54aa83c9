using HealthGpt.Benchmarks.Measuring;
using HealthGpt.Benchmarks.Subjects;
using HealthGpt.Model.Text;

namespace HealthGpt.Benchmarks.Training;

/// <summary>What it costs two workers to be one group: their throughput against that of two replicas that know nothing of each other.</summary>
internal sealed class WeakScalingBenchmark : IBenchmark
{
    private const int TextTokens = 128;

    public string Name => "weak-scaling";

    public void Run(Meter meter)
    {
        using var folder = new TemporaryFolder();
        var data = EqualQuestions.Write(folder["data"], PromptTemplate.Phi3, TextTokens);
        using var alone = new WorkerPair(data, together: false);
        using var together = new WorkerPair(data, together: true);
        meter.Compare(
            Name, $"a step on healthgpt-nano by two processes with one thread each, {WorkerProgram.Samples} samples a process, float32",
            alone.Steps("two unconnected replicas"), together.Steps("two workers of a group"), new Work(2 * WorkerProgram.Samples, "samples"));
    }
}

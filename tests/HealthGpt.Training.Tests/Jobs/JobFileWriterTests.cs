using System.Text.RegularExpressions;
using HealthGpt.Training.Jobs;
using Xunit;

namespace HealthGpt.Training.Tests.Jobs;

public sealed partial class JobFileWriterTests
{
    // Every key there is, none with its default.
    private const string Whole = """
        name: brain-t1
        model: "/models/it's a m\u00f6del: #1"
        start: /runs/first/step-00000050
        data: /data/dataset.yaml
        preset: l14
        seed: 18446744073709551615
        workers: { min: 2, max: 3 }
        device: { kind: cuda, threads: 8 }
        transport: shared-memory
        tls: true
        zero: on
        precision: float32
        activationCheckpointing: true
        shards: 8
        microBatch: 3
        maxSequence: 777
        checkpoints: { to: "azblob://account1/runs/brain t1", everySteps: 7, keep: 9, keepEvery: 11 }
        onBadSample: stop
        maxBadSamples: 0.125
        onNonFinite: roll-back
        optimizer: { beta1: 0.8, beta2: 0.95, epsilon: 1e-7, weightDecay: 0.01, clipNorm: 2.5 }
        hlora:
          comprehension: { rank: 8, alpha: 17, experts: 2 }
          generation: { rank: 12, alpha: 23.5, experts: 3 }
        stages:
          - stage: alignment
            order: one-after-other
            generation: { steps: 5, batch: 16, learningRate: { adapter: 1.5e-5, hlora: 2e-4, vocabulary: 3e-4 }, tasks: [reconstruction, super-resolution] }
          - stage: alignment
            comprehension: { steps: 100, batch: 32, learningRate: { adapter: 1e-3 }, schedule: linear, warmupSteps: 9, dropout: 0.25 }
          - stage: instruction
            tasks:
              vqa: { steps: 200, batch: 32, learningRate: 3e-4 }
              super-resolution: { steps: 201, batch: 17, schedule: cosine }
          - stage: adaptation
            mixed: { steps: 50, batch: 16, ratio: 2:3, schedule: constant }
        """;

    [Fact]
    public void A_job_that_is_written_and_read_is_the_same_job_wherever_it_lies()
    {
        var job = TrainingJob.Parse(Whole, "/base");

        var written = job.ToYaml();
        var again = TrainingJob.Parse(written, "/elsewhere");

        Assert.Equal(written, again.ToYaml());
        Assert.Equal(job.Digest(), again.Digest());
        Assert.Equal(job with { Phases = [] }, again with { Phases = [] });
        Assert.Equal(job.Phases.Select(phase => phase with { Tasks = null }), again.Phases.Select(phase => phase with { Tasks = null }));
        Assert.Equal(job.Phases.Select(phase => string.Join(' ', phase.Tasks ?? [])), again.Phases.Select(phase => string.Join(' ', phase.Tasks ?? [])));
    }

    [Fact]
    public void Json_is_the_same_job_file()
    {
        var job = TrainingJob.Parse(Whole, "/base");

        Assert.Equal(job.ToYaml(), TrainingJob.Parse(job.ToJson().ToJsonString(), "/elsewhere").ToYaml());
    }

    /// <summary>A key that a job file may have is one that is written: the reader is asked for the keys it knows.</summary>
    [Fact]
    public void Every_known_key_is_written()
    {
        var asked = Misspelt(Whole);
        var error = Assert.Throws<JobFileException>(() => TrainingJob.Parse(asked, "/base"));
        var written = TrainingJob.Parse(Whole, "/base").ToYaml();

        var known = error.Problems.Where(problem => problem.Contains("zzz", StringComparison.Ordinal))
            .SelectMany(problem => problem[(problem.IndexOf("here: ", StringComparison.Ordinal) + "here: ".Length)..].Split(", ")).Distinct().ToList();

        Assert.True(known.Count > 40, string.Join(' ', known));
        Assert.All(known, key => Assert.Matches($@"\b{key}:", written));
    }

    // A wrong key in each section.
    private static string Misspelt(string yaml) => PhasePattern().Replace(yaml.Replace("{ ", "{ zzz: 1, ", StringComparison.Ordinal), "$0\n    zzz: 1") + "\nzzz: 1\n";

    [GeneratedRegex("- stage: [a-z]+")]
    private static partial Regex PhasePattern();
}

using HealthGpt.Training.Jobs;
using Xunit;

namespace HealthGpt.Training.Tests.Jobs;

public sealed class JobSettingsTests
{
    private const string Before = """
        name: before
        model: models/healthgpt-nano
        data: samples/dataset.yaml
        stages:
          - stage: alignment
            comprehension: { steps: 5, batch: 8 }
          - stage: instruction
            tasks: { vqa: { steps: 3, batch: 8, learningRate: 3e-4 } }
        """;

    [Fact]
    public void Every_key_that_differs_and_matters_to_the_result_is_named_with_both_values()
    {
        var kept = JobSettings.TextOf(TrainingJob.Parse(Before, "/base"));
        var now = TrainingJob.Parse(
            $"seed: 2\nprecision: float32\nworkers: 3\ncheckpoints: {{ to: elsewhere }}\noptimizer: {{ beta1: 0.8 }}\n{Before}"
                .Replace("name: before", "name: now", StringComparison.Ordinal)
                .Replace("{ steps: 5, batch: 8 }", "{ steps: 5, batch: 8, schedule: linear, tasks: [vqa] }", StringComparison.Ordinal)
                .Replace("3e-4 } }", "1e-4 }, report: { steps: 1 } }", StringComparison.Ordinal),
            "/base");

        Assert.Equal(
            [
                "seed (1 there, 2 here)",
                "precision ('bfloat16' there, 'float32' here)",
                "optimizer.beta1 (0.9 there, 0.8 here)",
                "stages[0].comprehension.schedule ('warmup' there, 'linear' here)",
                "stages[0].comprehension.tasks (none there, [\"vqa\"] here)",
                "stages[1].tasks.vqa.learningRate.adapter (0.0003 there, 0.0001 here)",
                "stages[1].tasks.vqa.learningRate.hlora (0.0003 there, 0.0001 here)",
                "stages[1].tasks.report (none there, some here)",
            ],
            JobSettings.Differences(kept, now));
        Assert.Empty(JobSettings.Differences(kept, TrainingJob.Parse(Before, "/other")));
        Assert.All([null, "", "[]", "{"], nothing => Assert.Empty(JobSettings.Differences(nothing, now)));
    }

    [Fact]
    public void A_job_that_gives_another_result_differs_in_a_key()
    {
        var job = TrainingJob.Parse(Before, "/base");
        foreach (var other in new[] { "seed: 3", "device: { threads: 2 }", "shards: 8", "microBatch: 1", "maxSequence: 99", "onBadSample: stop", "hlora: { comprehension: { rank: 4 } }" })
        {
            var changed = TrainingJob.Parse($"{other}\n{Before}", "/base");
            Assert.NotEqual(job.Digest(), changed.Digest());
            Assert.NotEmpty(JobSettings.Differences(JobSettings.TextOf(job), changed));
        }
    }
}

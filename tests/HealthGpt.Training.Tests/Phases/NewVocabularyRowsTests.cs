using HealthGpt.Training.Jobs;
using HealthGpt.Training.Replicas;
using HealthGpt.Training.Tests.Replicas;
using Xunit;

namespace HealthGpt.Training.Tests.Phases;

/// <summary>
/// The first stage of generation, from a base that has never seen an image token: all new rows of embedding and head are the same mean row, so as long as they stay so every image token is as
/// likely as any other, and the loss cannot fall below the log of their number.
/// </summary>
public sealed class NewVocabularyRowsTests(TinyWorld world) : IClassFixture<TinyWorld>
{
    // 24 codes and three further tokens.
    private const int NewTokens = 27;

    [Theory]
    [InlineData("2e-3", true)]
    [InlineData("0", false)]
    public async Task Image_tokens_are_learnt_where_their_rows_are_trained_and_only_there(string rate, bool learns)
    {
        var job = TrainingJob.Parse($$"""
            name: rows
            model: model
            data: dataset.yaml
            preset: nano
            seed: 20267
            precision: float32
            checkpoints: { to: "{{world.NewRunFolder()}}", everySteps: 1000 }
            hlora: { comprehension: { rank: 4, experts: 2 }, generation: { rank: 8, experts: 4 } }
            stages:
              - stage: alignment
                generation: { steps: 120, batch: 8, learningRate: { adapter: 1e-3, hlora: 2e-3, vocabulary: {{rate}} } }
            """, world.Root);
        var done = await HostedReplica.RunAsync(job, world.CacheFolder);

        var last = done.Steps.TakeLast(20).Average(step => step.Loss);
        TestContext.Current.SendDiagnosticMessage("vocabulary rate {0}: {1:0.000}, log of {2} is {3:0.000}", rate, last, NewTokens, Math.Log(NewTokens));
        if (learns) Assert.InRange(last, 0, Math.Log(NewTokens) - 0.5);
        else Assert.InRange(last, Math.Log(NewTokens) - 1e-3, double.MaxValue);
    }
}

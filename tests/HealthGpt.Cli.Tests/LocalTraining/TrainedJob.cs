using HealthGpt.Cli.Demo;

namespace HealthGpt.Cli.Tests.LocalTraining;

/// <summary>A small job over all stages, trained by one worker without a disturbance: what every other run of it has to end with.</summary>
public sealed class TrainedJob : IAsyncLifetime
{
    public const int Steps = 14;

    private readonly TemporaryFolder _folder = new();

    public string WeightsSha256 { get; private set; } = "";

    /// <summary>Where the run has written.</summary>
    public string Runs => _folder["runs/trained"];

    public string Cache => _folder["cache"];

    public string JobFile => _folder["trained.yaml"];

    public string this[string name] => _folder[name];

    /// <summary>Writes the job, with checkpoints of its own.</summary>
    public string Write(string name, int seed = 7, string? to = null) => _folder.Write($"{name}.yaml", $$"""
        name: {{name}}
        model: {{DemoAssets.ModelFolder([AppContext.BaseDirectory])}}
        data: {{DemoAssets.DatasetFile([AppContext.BaseDirectory])}}
        seed: {{seed}}
        shards: 4
        checkpoints: { to: runs/{{to ?? name}}, everySteps: 3, keep: 2 }
        stages:
          - stage: alignment
            comprehension: { steps: 2, batch: 4 }
            generation: { steps: 2, batch: 4 }
          - stage: adaptation
            mixed: { steps: 2, batch: 4 }
          - stage: instruction
            tasks:
              vqa: { steps: 6, batch: 4 }
              super-resolution: { steps: 2, batch: 4 }
        """);

    public async ValueTask InitializeAsync()
    {
        using var run = TrainRunProcess.Start(Write("trained"), Cache);
        var end = await run.EndAsync(TestContext.Current.CancellationToken);
        Assert.Equal((0, ""), end);
        WeightsSha256 = run.Events[^1].GetProperty("weightsSha256").GetString()!;
    }

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }
}

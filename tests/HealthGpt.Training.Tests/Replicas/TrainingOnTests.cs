using HealthGpt.Model.Folders;
using HealthGpt.Model.Plugins;
using HealthGpt.Model.Presets;
using HealthGpt.Training.Jobs;
using HealthGpt.Training.Replicas;
using Xunit;

namespace HealthGpt.Training.Tests.Replicas;

/// <summary>A model that a job has exported is trained on by another.</summary>
public sealed class TrainingOnTests(TinyWorld world) : IClassFixture<TinyWorld>
{
    [Fact]
    public async Task A_task_goes_on_from_the_models_plugin_of_its_name_and_other_plugins_are_kept()
    {
        var first = await TrainAsync("model", "vqa: { steps: 2, batch: 4 }", "reconstruction: { steps: 1, batch: 4 }", "super-resolution: { steps: 2, batch: 4 }");
        var before = ModelManifest.Load(first);

        var second = await TrainAsync(first, "vqa: { steps: 2, batch: 4, learningRate: 0 }", "super-resolution: { steps: 1, batch: 4, learningRate: 0 }");

        var after = ModelManifest.Load(second);
        Assert.Equal(["reconstruction", "super-resolution", "vqa"], after.Plugins.Keys.Order(StringComparer.Ordinal));
        Assert.All(after.Plugins.Keys, task => Assert.Equal(Weights(first, task), Weights(second, task)));
        Assert.NotEqual(Weights(first, "reconstruction"), Weights(first, "super-resolution"));
        var kept = after.Plugins["reconstruction"];
        Assert.Equal(before.Plugins["reconstruction"], kept);
        Assert.Equal(kept.Sha256, PartHash.Of(Path.Combine(second, kept.Path), cancellationToken: TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Plugins_of_a_vocabulary_that_the_job_changes_are_left_out_and_named()
    {
        var first = await TrainAsync("model", "vqa: { steps: 1, batch: 4 }", "super-resolution: { steps: 1, batch: 4 }");

        var second = await EndAsync(first, "adaptation\n    mixed: { steps: 1, batch: 4, learningRate: 0.01 }\n  - stage: instruction\n    tasks: { vqa: { steps: 1, batch: 4 } }");

        Assert.Equal(["vqa"], ModelManifest.Load(second.ModelFolder!).Plugins.Keys);
        Assert.Equal(["super-resolution"], second.LeftOutPlugins);
    }

    [Fact]
    public async Task An_exported_model_tells_its_preset_and_plugins_of_another_size_than_the_jobs_are_problems_of_the_file()
    {
        var model = await TrainAsync("model", "vqa: { steps: 1, batch: 4 }", "super-resolution: { steps: 1, batch: 4 }");
        string[] Problems(string sizes)
        {
            var file = Path.Combine(world.Root, "sizes.yaml");
            File.WriteAllText(file, $"name: sizes\nmodel: {model}\ndata: dataset.yaml\npreset: nano\n{sizes}stages:\n  - stage: instruction\n    tasks: {{ vqa: {{ steps: 1, batch: 1000001 }} }}\n");
            return [.. Assert.Throws<JobFileException>(() => TrainingJob.Load(file, demandParts: true)).Problems];
        }

        // The exported folder's name tells no preset, its manifest does.
        var bare = TrainingJob.Parse($"name: bare\nmodel: {model}\ndata: dataset.yaml\nstages:\n  - stage: instruction\n    tasks: {{ vqa: {{ steps: 1 }} }}\n", world.Root);
        Assert.Equal((ModelPreset.Nano, true), (bare.Preset, bare.ToYaml().Contains("preset: nano", StringComparison.Ordinal)));

        const string Batch = "stages[0].tasks.vqa.batch: '1000001' must be a whole number from 1 to 1000000";
        Assert.Equal(
            [
                $"line 10: {Batch}",
                "line 6: hlora.comprehension.rank: '8' does not fit: the model's plugin 'vqa', which training starts from, has rank 4, alpha 8, 2 experts; give hlora.comprehension the same, or name another model",
                "line 7: hlora.generation: 'rank 8, alpha 16, 2 experts' does not fit: the model's plugin 'super-resolution', which training starts from, has rank 8, alpha 16, 4 experts; give hlora.generation the same, or name another model",
            ],
            Problems("hlora:\n  comprehension: { rank: 8, experts: 2 }\n  generation: { rank: 8, experts: 2 }\n"));
    }

    private static byte[] Weights(string model, string task) => File.ReadAllBytes(Path.Combine(model, "plugins", task, Plugin.WeightsFile));

    private Task<string> TrainAsync(string model, params string[] tasks) => RunAsync(model, $"instruction\n    tasks: {{ {string.Join(", ", tasks)} }}");

    private async Task<string> RunAsync(string model, string stages) => (await EndAsync(model, stages)).ModelFolder!;

    private Task<WorkerProgress> EndAsync(string model, string stages)
    {
        var yaml = TinyWorld.Yaml(world.NewRunFolder()).Replace("model: model", $"model: {model}", StringComparison.Ordinal);
        var job = TrainingJob.Parse(yaml[..yaml.IndexOf("stages:", StringComparison.Ordinal)] + "stages:\n  - stage: " + stages, world.Root);
        return HostedReplica.RunAsync(job, world.CacheFolder, 1);
    }
}

using HealthGpt.Model.Folders;
using HealthGpt.Model.Plugins;
using HealthGpt.Training.Jobs;
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
        Assert.Equal(kept.Sha256, PartHash.Of(Path.Combine(second, kept.Path)));
    }

    [Fact]
    public async Task Plugins_of_a_vocabulary_that_the_job_changes_are_left_out()
    {
        var first = await TrainAsync("model", "vqa: { steps: 1, batch: 4 }", "super-resolution: { steps: 1, batch: 4 }");

        var second = await RunAsync(first, "adaptation\n    mixed: { steps: 1, batch: 4, learningRate: 0.01 }\n  - stage: instruction\n    tasks: { vqa: { steps: 1, batch: 4 } }");

        Assert.Equal(["vqa"], ModelManifest.Load(second).Plugins.Keys);
    }

    private static byte[] Weights(string model, string task) => File.ReadAllBytes(Path.Combine(model, "plugins", task, Plugin.WeightsFile));

    private Task<string> TrainAsync(string model, params string[] tasks) => RunAsync(model, $"instruction\n    tasks: {{ {string.Join(", ", tasks)} }}");

    private async Task<string> RunAsync(string model, string stages)
    {
        var yaml = TinyWorld.Yaml(world.NewRunFolder()).Replace("model: model", $"model: {model}", StringComparison.Ordinal);
        var job = TrainingJob.Parse(yaml[..yaml.IndexOf("stages:", StringComparison.Ordinal)] + "stages:\n  - stage: " + stages, world.Root);
        return (await HostedReplica.RunAsync(job, world.CacheFolder, 1)).ModelFolder!;
    }
}

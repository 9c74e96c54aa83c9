using HealthGpt.Data.Images;
using HealthGpt.Model.Folders;
using HealthGpt.Model.Plugins;
using HealthGpt.Model.Weights;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace HealthGpt.Inference.Tests;

public sealed class NonFiniteNumbersTests : IDisposable
{
    private readonly TinyModel _tiny = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("base", "model.layers.1.mlp.down_proj.weight", float.NaN, "vqa", Precision.Float32, "its logits")]
    [InlineData("base", "model.layers.0.self_attn.qkv_proj.weight", float.NaN, "vqa", Precision.BFloat16, "its logits")]
    [InlineData("base", "model.norm.weight", float.PositiveInfinity, "vqa", Precision.BFloat16, "its logits")]
    [InlineData("visionTower", "vision_model.embeddings.patch_embedding.weight", float.NaN, "vqa", Precision.Float32, "its logits")]
    [InlineData("fusion", "base_model.model.lm_head.weight", float.NegativeInfinity, "vqa", Precision.Float32, "its logits")]
    [InlineData("imageTokenizer", "decoder.conv_in.weight", float.NaN, "super-resolution", Precision.Float32, "pixels of the image")]
    public async Task Weights_that_are_not_finite_are_an_error_that_names_model_task_and_check(string part, string tensor, float number, string task, Precision precision, string numbers)
    {
        Damage(part, tensor, number);
        await using var engine = await InferenceEngine.LoadAsync(_tiny.Folder, new() { Precision = precision }, Stop);

        var error = await Assert.ThrowsAsync<NonFiniteNumbersException>(() => AskAsync(engine, task));

        Assert.StartsWith($"The model 'tiny' has no answer for the task '{task}': {numbers} are not finite numbers.", error.Message, StringComparison.Ordinal);
        Assert.Contains($"'healthgpt weights verify {_tiny.Folder}' names the weights that are NaN or infinite", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plugin_from_elsewhere_is_to_be_checked_too_and_other_tasks_are_still_answered()
    {
        var folder = Path.Combine(_tiny.Folder, "plugins", "vqa");
        Rewrite(Path.Combine(folder, Plugin.WeightsFile), "base_model.model.model.layers.0.mlp.down_proj.lora_B.weight", float.NaN);
        await using var engine = await InferenceEngine.LoadAsync(_tiny.Folder, new() { PluginFolders = [folder] }, Stop);

        var error = await Assert.ThrowsAsync<NonFiniteNumbersException>(() => AskAsync(engine, "vqa"));
        await AskAsync(engine, "report");

        Assert.Contains($"'healthgpt weights verify {_tiny.Folder}' or 'healthgpt weights verify {folder}' names", error.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _tiny.Dispose();

    private static async Task AskAsync(InferenceEngine engine, string task)
    {
        var pixels = new byte[40 * 40 * 3];
        new Random(3).NextBytes(pixels);
        var request = new GenerationRequest { Task = task, Question = task == "vqa" ? "Which plane?" : "", Images = [new RgbImage(40, 40, pixels).EncodePng()] };
        await foreach (var _ in engine.GenerateAsync(request, Stop)) { }
    }

    /// <summary>Damages a part before its hash was taken, as a bad download does that is imported.</summary>
    private void Damage(string part, string tensor, float number)
    {
        var old = ModelManifest.Load(_tiny.Folder);
        ModelPart Rewritten(ModelPart intact, string name)
        {
            if (name != part) return intact;
            var path = Path.Combine(_tiny.Folder, intact.Path);
            Rewrite(Directory.Exists(path) ? Path.Combine(path, "model.safetensors") : path, tensor, number);
            return intact with { Sha256 = PartHash.Of(path) };
        }

        var damaged = old with
        {
            Base = Rewritten(old.Base, "base"),
            VisionTower = Rewritten(old.VisionTower, "visionTower"),
            ImageTokenizer = Rewritten(old.ImageTokenizer, "imageTokenizer"),
            Fusion = Rewritten(old.Fusion!, "fusion"),
        };
        ModelPart Rebased(ModelPart plugin)
        {
            var folder = Path.Combine(_tiny.Folder, plugin.Path);
            (PluginCard.Load(folder) with { BaseSha256 = damaged.Base.Sha256, FusionSha256 = null }).Save(folder);
            return plugin with { Sha256 = PartHash.Of(folder) };
        }

        (damaged with { Plugins = old.Plugins.ToDictionary(plugin => plugin.Key, plugin => Rebased(plugin.Value)) }).Save(_tiny.Folder);
    }

    /// <summary>Writes a weight file again with one element of one tensor changed.</summary>
    private static void Rewrite(string path, string name, float number)
    {
        using var scope = NewDisposeScope();
        Dictionary<string, Tensor> tensors;
        using (var file = WeightFile.Open(path)) tensors = file.Entries.Keys.ToDictionary(key => key, file.Read, StringComparer.Ordinal);
        tensors[name].flatten()[0] = number;
        using var stream = File.Create(path);
        SafetensorsWriter.Write(stream, tensors);
    }
}

using System.Text;
using HealthGpt.Data.Images;
using HealthGpt.Model.Folders;
using HealthGpt.Model.Plugins;
using HealthGpt.Model.Vocabulary;
using HealthGpt.Model.Weights;
using Xunit;

namespace HealthGpt.Inference.Tests;

/// <summary>Comprehension goes with the base's own embedding and head, generation with the fusion weights, as the released scripts have it.</summary>
public sealed class PluginVocabularyTests : IDisposable
{
    private readonly TinyModel _tiny = new();
    private readonly byte[] _slice = Picture();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_request_is_answered_with_the_vocabulary_of_its_plugin()
    {
        var trained = await AnswerAsync("vqa");
        Name("vqa", VocabularySource.Base);
        GenerationRequest[] requests = [Request("vqa"), Request("super-resolution")];

        await using var engine = await LoadAsync();
        var together = await Task.WhenAll(requests.Select(request => AnswerAsync(engine, request)));

        var text = PlainDecoding.Decode(_tiny.Folder, "vqa", "<image>\nWhich plane?", [_slice], 24);
        Assert.Equal(Encoding.UTF8.GetString([.. text.Where(id => id < 256).Select(id => (byte)id)]).TrimEnd('\uFFFD'), together[0].Text);
        Assert.NotEqual(trained.Text, together[0].Text);
        var codes = PlainDecoding.Decode(_tiny.Folder, "super-resolution", "<image>\nReconstruct the high-resolution image.", [_slice], TinyModel.ImageTokens);
        Assert.Equal(PlainDecoding.Draw(_tiny.Folder, codes).Pixels, RgbImage.Decode(together[1].Image, "answer").Pixels);
    }

    [Fact]
    public async Task An_answer_is_that_of_a_model_folder_with_the_plugins_vocabulary_alone()
    {
        Name("vqa", VocabularySource.Base);
        var (text, image) = (await AnswerAsync("vqa"), await AnswerAsync("super-resolution"));

        Change(manifest => manifest with { Fusion = null, Plugins = manifest.Plugins.Where(plugin => plugin.Key == "vqa").ToDictionary() });
        var alone = await AnswerAsync("vqa");

        Assert.Equal(alone.Text, text.Text);
        Assert.NotNull(image.Image);
    }

    [Fact]
    public async Task A_plugin_that_names_fusion_weights_that_are_not_there_is_refused_on_load()
    {
        Name("vqa", VocabularySource.Fusion);
        Change(manifest => manifest with { Fusion = null });

        var refusal = await Assert.ThrowsAsync<WeightFileException>(() => LoadAsync());

        Assert.Equal(PluginCard.FileName, Path.GetFileName(refusal.File));
        Assert.Contains("has vocabulary = \"fusion\", but the model has no fusion weights", refusal.Problem, StringComparison.Ordinal);
    }

    public void Dispose() => _tiny.Dispose();

    private Task<InferenceEngine> LoadAsync(EngineOptions? options = null) => InferenceEngine.LoadAsync(_tiny.Folder, options, Stop);

    private GenerationRequest Request(string task) => new() { Task = task, Question = task == "vqa" ? "Which plane?" : "", Images = [_slice], MaxTokens = task == "vqa" ? 24 : null };

    private async Task<(string Text, byte[]? Image)> AnswerAsync(string task)
    {
        await using var engine = await LoadAsync(new() { Tasks = [task] });
        return await AnswerAsync(engine, Request(task));
    }

    private static async Task<(string Text, byte[]? Image)> AnswerAsync(InferenceEngine engine, GenerationRequest request)
    {
        var (text, image) = (new StringBuilder(), (byte[]?)null);
        await foreach (var chunk in engine.GenerateAsync(request, Stop))
        {
            text.Append(chunk.Text);
            image = chunk.ImagePng ?? image;
        }

        return (text.ToString(), image);
    }

    private void Name(string task, VocabularySource vocabulary)
    {
        var folder = Path.Combine(_tiny.Folder, "plugins", task);
        (PluginCard.Load(folder) with { Vocabulary = vocabulary }).Save(folder);
        Change(manifest => manifest with
        {
            Plugins = manifest.Plugins.ToDictionary(plugin => plugin.Key, plugin => plugin.Key == task ? plugin.Value with { Sha256 = PartHash.Of(folder) } : plugin.Value),
        });
    }

    private void Change(Func<ModelManifest, ModelManifest> change) => change(ModelManifest.Load(_tiny.Folder)).Save(_tiny.Folder);

    private static byte[] Picture()
    {
        var pixels = new byte[40 * 40 * 3];
        new Random(3).NextBytes(pixels);
        return new RgbImage(40, 40, pixels).EncodePng();
    }
}

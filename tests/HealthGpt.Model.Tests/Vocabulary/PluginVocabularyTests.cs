using System.Text.Json.Nodes;
using HealthGpt.Model.Decoder;
using HealthGpt.Model.Folders;
using HealthGpt.Model.Plugins;
using HealthGpt.Model.Text;
using HealthGpt.Model.Verification;
using HealthGpt.Model.Vocabulary;
using HealthGpt.Model.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Model.Tests.Vocabulary;

public sealed class PluginVocabularyTests : IDisposable
{
    private const string Vqa = "vqa", Reconstruction = "reconstruction";

    private readonly SyntheticNano _nano = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _nano.Dispose();

    [Theory]
    [InlineData(Vqa, VocabularySource.Base)]
    [InlineData(Reconstruction, VocabularySource.Fusion)]
    public void A_plugins_logits_are_those_of_a_model_folder_with_its_vocabulary_alone(string task, VocabularySource vocabulary)
    {
        var (named, logits) = Logits(task);
        var trained = Logits(task, VocabularySource.Fusion);

        Keep(task, vocabulary == VocabularySource.Fusion);

        Assert.Equal(vocabulary, named);
        Assert.Equal((vocabulary, logits), Logits(task), Same);
        Assert.Equal(vocabulary == VocabularySource.Fusion, logits.AsSpan().SequenceEqual(trained.Logits));
    }

    [Theory]
    [InlineData(true, VocabularySource.Fusion)]
    [InlineData(false, VocabularySource.Base)]
    public void A_card_without_the_field_goes_with_the_fusion_weights_where_the_model_has_them(bool hasFusion, VocabularySource vocabulary)
    {
        ChangeCard(Vqa, card => card.Remove("vocabulary"));
        Keep(Vqa, hasFusion);

        var (named, logits) = Logits(Vqa);

        Assert.Equal(vocabulary, named);
        Assert.Equal(Logits(Vqa, vocabulary).Logits, logits);
        Assert.True(ModelCheck.Run(_nano.Folder, Stop).IsSound);
    }

    [Theory]
    [InlineData("\"fusoin\"")]
    [InlineData("\"Base\"")]
    [InlineData("1")]
    public void Another_vocabulary_is_refused_with_file_key_and_both_values(string value)
    {
        ChangeCard(Vqa, card => card["vocabulary"] = JsonNode.Parse(value));
        using var model = HealthGptModel.Load(_nano.Folder, ScalarType.BFloat16, cancellationToken: Stop);

        var refusal = Assert.Throws<WeightFileException>(() => model.LoadPlugin(Vqa, cancellationToken: Stop));

        Assert.Equal(_nano.At("plugins", Vqa, PluginCard.FileName), refusal.File);
        Assert.Contains($"has vocabulary = {value}, but \"base\" or \"fusion\" is needed", refusal.Problem, StringComparison.Ordinal);
        Assert.Contains(ModelCheck.Run(_nano.Folder, Stop).Faults, fault => fault.File == refusal.File && fault.Found == refusal.Problem);
    }

    [Fact]
    public void Fusion_weights_that_a_plugin_names_and_the_model_does_not_have_are_a_fault_and_refused_on_load()
    {
        Keep(Reconstruction, withFusion: false);
        using var model = HealthGptModel.Load(_nano.Folder, ScalarType.BFloat16, cancellationToken: Stop);

        var refusal = Assert.Throws<WeightFileException>(() => model.LoadPlugin(Reconstruction, cancellationToken: Stop));

        var card = _nano.At("plugins", Reconstruction, PluginCard.FileName);
        Assert.Equal(card, refusal.File);
        Assert.Contains("has vocabulary = \"fusion\", but the model has no fusion weights", refusal.Problem, StringComparison.Ordinal);
        Assert.Equal([new WeightFault(card, null, "vocabulary = \"base\", as healthgpt.json names no fusion weights", "vocabulary = \"fusion\"")], ModelCheck.Run(_nano.Folder, Stop).Faults);
    }

    [Fact]
    public void Other_fusion_weights_than_those_a_plugin_was_trained_with_are_a_fault_and_refused_on_load()
    {
        var trained = ModelManifest.Load(_nano.Folder).Fusion!.Sha256;
        _nano.Rewrite("fusion.safetensors", tensors => tensors["base_model.model.lm_head.weight"] = tensors["base_model.model.lm_head.weight"].neg());
        var other = PartHash.Of(_nano.At("fusion.safetensors"), cancellationToken: Stop);
        Change(manifest => manifest with { Fusion = new("fusion.safetensors", other) });
        using var model = HealthGptModel.Load(_nano.Folder, ScalarType.BFloat16, cancellationToken: Stop);

        var refusal = Assert.Throws<WeightFileException>(() => model.LoadPlugin(Reconstruction, cancellationToken: Stop));
        using var reading = model.LoadPlugin(Vqa, cancellationToken: Stop);

        var card = _nano.At("plugins", Reconstruction, PluginCard.FileName);
        Assert.Equal((card, _nano.Folder), (refusal.File, refusal.ModelFolder));
        Assert.Contains($"has fusionSha256 {trained}, but the model has fusion weights with SHA-256 {other}; use the plugin with the model", refusal.Problem, StringComparison.Ordinal);
        Assert.Equal([new WeightFault(card, null, $"fusionSha256 {other}, of this model's fusion weights", $"fusionSha256 {trained}")], ModelCheck.Run(_nano.Folder, Stop).Faults);
    }

    [Fact]
    public void A_card_that_does_not_say_which_fusion_weights_goes_with_any()
    {
        ChangeCard(Reconstruction, card => Assert.True(card.Remove("fusionSha256")));
        _nano.Rewrite("fusion.safetensors", tensors => tensors["base_model.model.lm_head.weight"] = tensors["base_model.model.lm_head.weight"].neg());
        Change(manifest => manifest with { Fusion = new("fusion.safetensors", PartHash.Of(_nano.At("fusion.safetensors"))) });
        using var model = HealthGptModel.Load(_nano.Folder, ScalarType.BFloat16, cancellationToken: Stop);

        using var plugin = model.LoadPlugin(Reconstruction, cancellationToken: Stop);

        Assert.Equal(VocabularySource.Fusion, plugin.Vocabulary);
        Assert.True(ModelCheck.Run(_nano.Folder, Stop).IsSound);
    }

    [Fact]
    public void Fusion_weights_of_another_shape_are_refused_when_the_model_is_loaded()
    {
        _nano.Rewrite("fusion.safetensors", tensors => tensors["base_model.model.lm_head.weight"] = tensors["base_model.model.lm_head.weight"].narrow(0, 0, 600).contiguous());
        Change(manifest => manifest with { Fusion = new("fusion.safetensors", PartHash.Of(_nano.At("fusion.safetensors"))) });

        var refusal = Assert.Throws<WeightFileException>(() => HealthGptModel.Load(_nano.Folder, ScalarType.BFloat16, cancellationToken: Stop));

        Assert.Equal(_nano.At("fusion.safetensors"), refusal.File);
        Assert.Matches(@"tensor 'base_model\.model\.lm_head\.weight': expected .*\[776, 256\].*; found .*\[600, 256\]", refusal.Problem);
    }

    private static bool Same((VocabularySource Named, float[] Logits) one, (VocabularySource Named, float[] Logits) other) =>
        one.Named == other.Named && one.Logits.AsSpan().SequenceEqual(other.Logits);

    /// <summary>Logits of the token after a prompt, with the plugin's vocabulary or another.</summary>
    private (VocabularySource Named, float[] Logits) Logits(string task, VocabularySource? other = null)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var model = HealthGptModel.Load(_nano.Folder, ScalarType.Float32);
        using var plugin = model.LoadPlugin(task);
        var vocabulary = other is { } source ? model.VocabularyOf(source) : model.VocabularyOf(plugin);
        var prompt = Prompt.Build(model.Tokenizer, model.Template, model.ImageVocabulary, "Which plane is this?", plugin.Kind == PluginKind.Generation);
        var hidden = model.Decoder.Forward(EmbeddingSplice.Row(vocabulary.Embedding, prompt, []).unsqueeze(0), plugin.HLora);
        return (plugin.Vocabulary!.Value, LogitProjection.Apply(hidden.narrow(1, hidden.shape[1] - 1, 1), vocabulary.Head).data<float>().ToArray());
    }

    /// <summary>Leaves one plugin in the manifest, and the fusion weights or none.</summary>
    private void Keep(string task, bool withFusion) => Change(manifest => manifest with
    {
        Fusion = withFusion ? manifest.Fusion : null,
        Plugins = new Dictionary<string, ModelPart> { [task] = manifest.Plugins[task] },
    });

    private void ChangeCard(string task, Action<JsonObject> change)
    {
        var path = _nano.At("plugins", task, PluginCard.FileName);
        var card = JsonNode.Parse(File.ReadAllBytes(path))!.AsObject();
        change(card);
        File.WriteAllText(path, card.ToJsonString());
        Change(manifest => manifest with
        {
            Plugins = manifest.Plugins.ToDictionary(
                plugin => plugin.Key, plugin => plugin.Key == task ? plugin.Value with { Sha256 = PartHash.Of(_nano.At("plugins", task)) } : plugin.Value),
        });
    }

    private void Change(Func<ModelManifest, ModelManifest> change) => change(ModelManifest.Load(_nano.Folder)).Save(_nano.Folder);
}

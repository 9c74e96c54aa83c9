using System.Text.Json;
using HealthGpt.Model.Decoder;
using HealthGpt.Model.Folders;
using HealthGpt.Model.HLora;
using HealthGpt.Model.Importing;
using HealthGpt.Model.Plugins;
using HealthGpt.Model.Presets;
using HealthGpt.Model.Tests.Decoder;
using HealthGpt.Model.Text;
using HealthGpt.Model.Verification;
using HealthGpt.Model.Vocabulary;
using HealthGpt.Model.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Model.Tests.Importing;

public sealed class ModelImportTests : IDisposable
{
    private readonly TemporaryFolder _root = new();

    public static TheoryData<string, string> Cases => Reference.Decoders;

    private static IReadOnlyList<string> SpecialTokens => [.. PromptTemplate.Names.SelectMany(name => PromptTemplate.ByName(name).SpecialTokens).Distinct()];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string Target => Path.Combine(_root.Path, "model");

    public void Dispose() => _root.Dispose();

    [Theory, MemberData(nameof(Cases))]
    public void An_imported_model_is_sound_and_its_greedy_tokens_are_the_references(string family, string kind)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var test = new DecoderCase(family, kind);
        var isExtended = test.Vocabulary.Head.shape[0] == test.Images.Size;

        Assert.Empty(ModelImport.Run(test.Decoder.Config.Family == DecoderFamily.Qwen2 ? ModelPreset.Xl32 : ModelPreset.L14, Parts(family, kind, isExtended, Reference.Folder), Target, Stop).Faults);

        Assert.Empty(ModelCheck.Run(Target, Stop).Faults);
        Assert.Empty(ModelCheck.Run(Path.Combine(Target, "plugins", kind), Stop).Faults);
        using var model = HealthGptModel.Load(Target, ScalarType.Float32, cancellationToken: Stop);
        using var plugin = model.LoadPlugin(kind, cancellationToken: Stop);
        Assert.Equal(test.Images, model.ImageVocabulary);
        Assert.Equal(2.0 * plugin.HLora.Rank, plugin.HLora.Alpha);
        Assert.Equal(kind == "generation" ? VocabularySource.Fusion : VocabularySource.Base, plugin.Vocabulary);
        Assert.Equal(kind == "generation" ? model.Manifest.Fusion!.Sha256 : null, PluginCard.Load(Path.Combine(Target, "plugins", kind)).FusionSha256);
        var features = model.Tower.Forward(test.Expected.Get("pixel_values"), kind == "comprehension", kind == "generation");
        var images = new Queue<Tensor>((features.Abstract ?? features.Concrete!).unbind(0));
        var rows = isExtended ? model.ImageVocabulary.Size : model.ImageVocabulary.TextTokens;
        foreach (var (prompt, _, answer) in test.Greedy())
        {
            var projected = prompt.Where(id => id < 0).Select(_ => plugin.Adapter.Forward(images.Dequeue())).ToList();
            RequireGreedy(model, plugin, prompt, projected, DecoderCase.Numbers(answer.GetProperty("new_tokens")), 0, rows);
            if (answer.TryGetProperty("image_tokens_only", out var codes))
                RequireGreedy(model, plugin, prompt, projected, DecoderCase.Numbers(codes), model.ImageVocabulary.FirstCode, model.ImageVocabulary.Codes);
        }
    }

    [Fact]
    public void Files_that_need_no_change_are_not_copied()
    {
        var report = ModelImport.Run(ModelPreset.M3, Parts("phi3", "comprehension", withFusion: true), Target, Stop);

        Assert.Equal(ModelManifest.Load(Target).AllParts().Select(part => (part.Name, part.Part.In(Target))).Order(), report.Parts.Select(part => (part.Name, part.Path)).Order());
        var imported = Path.Combine(Target, "base", "model.safetensors");
        File.SetLastWriteTimeUtc(imported, new DateTime(2020, 2, 2, 0, 0, 0, DateTimeKind.Utc));
        if (OperatingSystem.IsLinux()) Assert.Equal(2020, File.GetLastWriteTimeUtc(Path.Combine(_root.Path, "base", "model.safetensors")).Year);
        using var plugin = WeightFile.Open(Path.Combine(Target, "plugins", "comprehension", "plugin.safetensors"));
        Assert.Equal(WeightFileKind.Safetensors, plugin.Kind);
    }

    [Fact]
    public void Files_that_do_not_fit_each_other_are_listed_as_they_were_named_and_nothing_is_written()
    {
        var parts = Parts("phi3", "comprehension", withFusion: true);
        var other = Path.Combine(Reference.Own, "phi4", "generation_hlora_weights.bin");
        new ByteTokenizer(SpecialTokens, 300).Save(Path.Combine(parts.Tokenizer!, "byte_tokenizer.json"));
        parts = parts with { Plugins = [.. parts.Plugins, new("generation", PluginKind.Generation, other)] };

        var report = ModelImport.Run(ModelPreset.M3, parts, Target, Stop);

        Assert.Contains(
            new WeightFault(parts.Fusion!, "base_model.model.lm_head.weight", "shape [335, 64], by an embedding and a head of 335 rows", "shape [325, 64]"), report.Faults);
        Assert.Contains(report.Faults, fault => fault.File == other && fault.Key == "base_model.model.model.layers.0.self_attn.qkv_proj.lora_B.weight");
        RequireNothingWritten();
    }

    [Fact]
    public void A_plugin_that_reads_goes_with_the_fusion_weights_where_that_is_said()
    {
        var parts = Parts("phi3", "comprehension", withFusion: true);

        ModelImport.Run(ModelPreset.M3, parts with { Plugins = [parts.Plugins[0] with { Vocabulary = VocabularySource.Fusion }] }, Target, Stop);

        using var model = HealthGptModel.Load(Target, ScalarType.Float32, cancellationToken: Stop);
        using var plugin = model.LoadPlugin("comprehension", cancellationToken: Stop);
        Assert.Same(model.VocabularyOf(VocabularySource.Fusion, cancellationToken: Stop), model.VocabularyOf(plugin, cancellationToken: Stop));
        Assert.Equal(model.Manifest.Fusion!.Sha256, PluginCard.Load(Path.Combine(Target, "plugins", "comprehension")).FusionSha256);
    }

    [Fact]
    public void A_generation_plugin_without_the_fusion_weights_it_goes_with_is_a_fault()
    {
        var parts = Parts("phi3", "generation", withFusion: false);

        var fault = Assert.Single(ModelImport.Run(ModelPreset.M3, parts, Target, Stop).Faults);

        Assert.Equal(("vocabulary = \"base\", as healthgpt.json names no fusion weights", "vocabulary = \"fusion\""), (fault.Expected, fault.Found));
        Assert.False(Directory.Exists(Target));
    }

    [Fact]
    public void A_base_of_another_family_a_plugin_that_is_none_and_a_folder_without_a_tokenizer_are_refused_by_name()
    {
        var parts = Parts("phi3", "comprehension", withFusion: true);

        Refused(ModelPreset.Xl32, parts, Path.Combine(parts.Base, "config.json"), "is of the family Phi3, but healthgpt-xl32's base, Qwen/Qwen2.5-32B-Instruct, is of the family Qwen2");
        Refused(ModelPreset.M3, parts with { Plugins = [new("vqa", PluginKind.Comprehension, parts.Fusion!)] }, parts.Fusion!, "is no H-LoRA plugin");
        Refused(ModelPreset.M3, parts with { Tokenizer = null }, parts.Base, "holds no tokenizer");
        var otherFamily = Path.Combine(Reference.Own, "tokenizers", "qwen2");
        Refused(ModelPreset.M3, parts with { Tokenizer = otherFamily }, otherFamily, "has no special token '<|system|>', which the template phi3_instruct is made of");
        var longer = Directory.CreateDirectory(Path.Combine(_root.Path, "longer")).FullName;
        new ByteTokenizer(SpecialTokens, 305).Save(Path.Combine(longer, "byte_tokenizer.json"));
        Refused(ModelPreset.M3, parts with { Tokenizer = longer }, longer, "has 305 tokens, but the base's embedding has 304 rows");
        File.WriteAllText(Path.Combine(parts.Base, "model.safetensors.index.json"), """{"weight_map": {}}""");
        Refused(ModelPreset.M3, parts, Path.Combine(parts.Base, "model.safetensors.index.json"), "names no tensor in weight_map");
        File.Delete(Path.Combine(parts.Base, "model.safetensors.index.json"));
        Refused(ModelPreset.M3, parts with { ImageTokenizer = parts.VisionTower }, parts.VisionTower, "has no model.yaml beside it");
    }

    private void Refused(ModelPreset preset, PublishedParts parts, string file, string said)
    {
        var refusal = Assert.Throws<WeightFileException>(() => ModelImport.Run(preset, parts, Target, Stop));

        Assert.Equal(file, refusal.File);
        Assert.Contains(said, refusal.Problem, StringComparison.Ordinal);
        RequireNothingWritten();
    }

    private void RequireNothingWritten() => Assert.DoesNotContain(Directory.GetFileSystemEntries(_root.Path), entry => Path.GetFileName(entry) is "model" or ['.', ..]);

    // Copies of the base, as importing makes a second name of its files.
    private PublishedParts Parts(string family, string kind, bool withFusion, string? reference = null)
    {
        reference ??= Reference.Own;
        string language = Path.Combine(_root.Path, "base"), tokenizer = Path.Combine(_root.Path, "tokenizer"), images = Path.Combine(_root.Path, "images");
        foreach (var folder in (string[])[language, tokenizer, images]) Directory.CreateDirectory(folder);
        foreach (var file in Directory.GetFiles(Path.Combine(reference, family, "base"))) File.Copy(file, Path.Combine(language, Path.GetFileName(file)));
        foreach (var file in Directory.GetFiles(Path.Combine(reference, "vq")).Where(file => !file.Contains("expected", StringComparison.Ordinal)))
            File.Copy(file, Path.Combine(images, Path.GetFileName(file)));
        // The small models have a vocabulary of their own length.
        using var facts = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(reference, "facts.json")));
        new ByteTokenizer(SpecialTokens, facts.RootElement.GetProperty("tokenizer_length").GetInt32()).Save(Path.Combine(tokenizer, "byte_tokenizer.json"));
        string At(string name) => Path.Combine(reference, family, name);
        return new PublishedParts
        {
            Base = language,
            Tokenizer = tokenizer,
            VisionTower = Path.Combine(reference, "clip"),
            ImageTokenizer = images,
            Fusion = withFusion ? At("fusion_layer_weights.bin") : null,
            Plugins = [new(kind, KnownTasks.KindOf(kind)!.Value, At($"{kind}_hlora_weights.bin"))],
        };
    }

    private static void RequireGreedy(HealthGptModel model, Plugin plugin, int[] prompt, IReadOnlyList<Tensor> images, int[] expected, int firstRow, int rows)
    {
        using var cache = new KvCache(model.Decoder.Config, 1, 256, ScalarType.Float32);
        var head = model.Vocabulary.Head.narrow(0, firstRow, rows);
        var input = EmbeddingSplice.Row(model.Vocabulary.Embedding, prompt, images).unsqueeze(0);
        var tokens = new List<int>();
        while (tokens.Count < expected.Length)
        {
            var hidden = model.Decoder.Forward(input, new HLoraRows([plugin.HLora]), cache);
            tokens.Add(firstRow + (int)LogitProjection.Apply(hidden.narrow(1, hidden.shape[1] - 1, 1), head).flatten().argmax().ToInt64());
            input = EmbeddingSplice.Row(model.Vocabulary.Embedding, [tokens[^1]], []).unsqueeze(0);
        }

        Assert.Equal(expected, tokens);
    }
}

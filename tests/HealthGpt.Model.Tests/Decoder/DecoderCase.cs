using System.Globalization;
using System.Text.Json;
using HealthGpt.Model.Adapters;
using HealthGpt.Model.Decoder;
using HealthGpt.Model.HLora;
using HealthGpt.Model.Vision;
using HealthGpt.Model.Vocabulary;
using HealthGpt.Model.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Model.Tests.Decoder;

/// <summary>One family and kind of the reference: base, plugin, vocabulary, and the batch that was run through them.</summary>
internal sealed class DecoderCase : IDisposable
{
    private readonly JsonDocument _greedy;

    /// <param name="family">The family.</param>
    /// <param name="kind">comprehension or generation.</param>
    /// <param name="device">Where it computes; the CPU by default.</param>
    /// <param name="type">What it computes in; what is expected stays float32.</param>
    public DecoderCase(string family, string kind, Device? device = null, ScalarType type = ScalarType.Float32)
    {
        device ??= CPU;
        WeightSet Load(params string[] path) => WeightSet.Load(Path.Combine([Reference.Folder, .. path]), type, device);
        var folder = Path.Combine(Reference.Folder, family);
        Decoder = new TransformerDecoder(DecoderConfig.Load(Path.Combine(folder, "base", "config.json")), Base = Load(family, "base"));
        Tower = new VisionTower(VisionConfig.Load(Path.Combine(Reference.Folder, "clip", "config.json")), Load("clip", "model.safetensors"));
        var plugin = Reference.LoadEither($"{family}/{kind}/plugin.safetensors", $"{family}/{kind}_hlora_weights.bin", device, type);
        HLora = HLoraWeights.FromTensors(plugin, Decoder.Config);
        Adapter = AdapterWeights.FromTensors(plugin, Tower.Config.Width, Decoder.Config.Hidden);
        Expected = Reference.Load(device, family, kind, "forward.safetensors");
        _greedy = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, kind, "greedy.json")));
        using var facts = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Reference.Folder, "facts.json")));
        Images = new ImageVocabulary(facts.RootElement.GetProperty("tokenizer_length").GetInt32(), facts.RootElement.GetProperty("image_tokens").GetInt32());
        // XL32 was released without an image vocabulary, and so is its small kin here: its logits have the rows of the base's head.
        Vocabulary = Expected.Get("logits").shape[^1] == Images.Size
            ? VocabularyWeights.FromTensors(Reference.LoadEither($"{family}/fusion.safetensors", $"{family}/fusion_layer_weights.bin", device, type), Images.Size, Decoder.Config.Hidden)
            : new VocabularyWeights(Base.Get("model.embed_tokens.weight").clone(), Base.Get("lm_head.weight").clone());
        Features = ProjectImages(kind == "comprehension");
    }

    public WeightSet Base { get; }

    public TransformerDecoder Decoder { get; }

    public VisionTower Tower { get; }

    public HLoraWeights HLora { get; }

    public AdapterWeights Adapter { get; }

    public VocabularyWeights Vocabulary { get; }

    public ImageVocabulary Images { get; }

    public WeightSet Expected { get; }

    /// <summary>Vision features of all images of the batch, in order; unprojected, <c>(P, W)</c> each.</summary>
    public IReadOnlyList<Tensor> Features { get; }

    private List<Tensor> ProjectImages(bool comprehension)
    {
        using var _ = no_grad();
        using var features = Tower.Forward(Expected.Get("pixel_values").to(Tower.Type), comprehension, !comprehension);
        return [.. (comprehension ? features.Abstract! : features.Concrete!).unbind(0)];
    }

    public int[] Ids(int row)
    {
        var ids = Expected.Get("input_ids")[row].to(CPU).data<long>().Select(id => (int)id).ToArray();
        var mask = Expected.Get("attention_mask")[row].to(CPU).data<byte>().ToArray();
        return [.. ids.Where((_, at) => mask[at] != 0)];
    }

    /// <summary>The spliced, right-padded batch, with gradients to adapter and embedding.</summary>
    public Tensor Embed()
    {
        var next = 0;
        var rows = new List<Tensor>();
        for (var row = 0; row < Expected.Get("input_ids").shape[0]; row++)
        {
            var ids = Ids(row);
            var images = ids.Where(id => id < 0).Select(_ => Adapter.Forward(Features[next++])).ToList();
            rows.Add(EmbeddingSplice.Row(Vocabulary.Embedding, ids, images));
        }

        var longest = rows.Max(row => row.shape[0]);
        return stack(rows.Select(row => nn.functional.pad(row, [0, 0, 0, longest - row.shape[0]])));
    }

    public IEnumerable<(int[] Prompt, Tensor[] Images, JsonElement Answer)> Greedy()
    {
        var next = 0;
        foreach (var row in _greedy.RootElement.EnumerateObject())
        {
            var prompt = Numbers(row.Value.GetProperty("prompt"));
            yield return (prompt, [.. prompt.Where(id => id < 0).Select(_ => Features[next++])], row.Value);
        }
    }

    public static int[] Numbers(JsonElement list) => [.. list.EnumerateArray().Select(item => item.GetInt32())];

    /// <summary>The loss of the batch: mean over all answer tokens, from logits at the position before each.</summary>
    public Tensor Loss(Tensor logits)
    {
        var length = logits.shape[1] - 1;
        var labels = Expected.Get("spliced_labels").narrow(1, 1, length).reshape(-1);
        return nn.functional.cross_entropy(logits.narrow(1, 0, length).reshape(-1, logits.shape[2]), labels, ignore_index: -100);
    }

    public Tensor Logits(Tensor embeddings) => nn.functional.linear(Decoder.Forward(embeddings, HLora), Vocabulary.Head);

    public IEnumerable<KeyValuePair<string, Tensor>> Trained() => HLora.NamedTensors().Concat(Adapter.NamedTensors()).Concat(Vocabulary.NamedTensors());

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Decoder.Config.Family}");

    public void Dispose()
    {
        foreach (var features in Features) features.Dispose();
        HLora.Dispose();
        Adapter.Dispose();
        Vocabulary.Dispose();
        Expected.Dispose();
        Tower.Dispose();
        Decoder.Dispose();
        _greedy.Dispose();
    }
}

using System.Globalization;
using System.Text.Json;
using HealthGpt.Model.Decoder;
using HealthGpt.Model.Text;
using HealthGpt.Model.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Training.Foundation;

// Shapes: B batch, T sequence, H hidden, V vocabulary.

/// <summary>
/// Trains the base language model on the text of the training samples alone: prompts and answers in the template, without any image. It has never seen
/// an image token when it is done; its embedding does not even have rows for them.
/// </summary>
internal sealed class BaseModelTrainer(FoundationOptions options, ByteTokenizer tokenizer)
{
    private const int Batch = 12;
    private const int Length = 160;
    private const string Embedding = "model.embed_tokens.weight";
    private const string Head = "lm_head.weight";

    private readonly System.Random _random = new((int)options.Seed + 3);

    public void Train(string folder, Action<FoundationProgress> progress, CancellationToken cancellationToken)
    {
        var texts = Texts();
        using var masters = new MasterWeights(options.Seed + 3);
        Create(masters, NanoShape.Decoder);
        for (var step = 0; step < options.BaseModelSteps; step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var weights = masters.Cast(ScalarType.BFloat16);
            using var decoder = new TransformerDecoder(NanoShape.Decoder, weights);
            var loss = Loss(decoder, weights, texts);
            masters.Step(loss, FoundationSchedule.Rate(1.5e-3, step, options.BaseModelSteps));
            progress(new FoundationProgress("base language model", step + 1, options.BaseModelSteps, loss.ToDouble(), ""));
        }

        Save(folder, masters);
    }

    /// <summary>Every training conversation once as it stands and the user's part without its image placeholder.</summary>
    private List<int[]> Texts()
    {
        var template = PromptTemplate.Phi3;
        var texts = new HashSet<string>(StringComparer.Ordinal);
        foreach (var file in Directory.GetFiles(options.SamplesFolder, "*.jsonl").Where(file => Path.GetFileName(file) != "images.jsonl").Order(StringComparer.Ordinal))
        {
            foreach (var line in File.ReadLines(file))
            {
                using var sample = JsonDocument.Parse(line);
                if (sample.RootElement.GetProperty("split").GetString() != "train") continue;
                var turns = sample.RootElement.GetProperty("conversations");
                var question = turns[0].GetProperty("value").GetString()!.Replace("<image>\n", "", StringComparison.Ordinal);
                var answer = turns[1].GetProperty("value").GetString()!;
                // A generation answer is the name of an image file and no text.
                texts.Add(answer.EndsWith(".png", StringComparison.Ordinal) ? template.Render(question) : template.Render(question) + answer + template.Stop);
            }
        }

        return [.. texts.Order(StringComparer.Ordinal).Select(text => tokenizer.Encode(text).Take(Length).ToArray())];
    }

    private Tensor Loss(TransformerDecoder decoder, WeightSet weights, List<int[]> texts)
    {
        var ids = new long[Batch, Length];
        var labels = new long[Batch, Length];
        for (var row = 0; row < Batch; row++)
        {
            var text = texts[_random.Next(texts.Count)];
            for (var at = 0; at < Length; at++)
            {
                ids[row, at] = at < text.Length ? text[at] : 0;
                labels[row, at] = at + 1 < text.Length ? text[at + 1] : -100;
            }
        }

        var embedded = weights.Get(Embedding).index_select(0, tensor(ids).flatten()).view(Batch, Length, -1);
        var logits = nn.functional.linear(decoder.Forward(embedded), weights.Get(Head)).to(ScalarType.Float32);
        return nn.functional.cross_entropy(logits.view(-1, logits.shape[2]), tensor(labels).flatten(), ignore_index: -100);
    }

    private static void Create(MasterWeights weights, DecoderConfig config)
    {
        weights.Normal(Embedding, 0.3, config.VocabularyRows, config.Hidden);
        weights.Uniform(Head, config.Hidden, config.VocabularyRows, config.Hidden);
        weights.Constant("model.norm.weight", 1, config.Hidden);
        for (var layer = 0; layer < config.Layers; layer++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"model.layers.{layer}.");
            weights.Constant(name + "input_layernorm.weight", 1, config.Hidden);
            weights.Constant(name + "post_attention_layernorm.weight", 1, config.Hidden);
            foreach (var linear in config.Linears) weights.Uniform(name + linear.Name + ".weight", linear.In, linear.Out, linear.In);
        }
    }

    private static void Save(string folder, MasterWeights masters)
    {
        var shape = NanoShape.Decoder;
        Directory.CreateDirectory(folder);
        masters.Save(Path.Combine(folder, "model.safetensors"));
        File.WriteAllText(Path.Combine(folder, "config.json"), string.Create(CultureInfo.InvariantCulture, $$"""
            {
              "architectures": ["Phi3ForCausalLM"],
              "hidden_act": "silu",
              "hidden_size": {{shape.Hidden}},
              "intermediate_size": {{shape.FeedForward}},
              "max_position_embeddings": {{shape.MaxPositions}},
              "model_type": "phi3",
              "num_attention_heads": {{shape.Heads}},
              "num_hidden_layers": {{shape.Layers}},
              "num_key_value_heads": {{shape.KeyValueHeads}},
              "rms_norm_eps": 1e-05,
              "rope_scaling": null,
              "rope_theta": {{shape.RopeTheta}},
              "sliding_window": null,
              "tie_word_embeddings": false,
              "torch_dtype": "bfloat16",
              "vocab_size": {{shape.VocabularyRows}}
            }

            """));
    }
}

using System.Globalization;
using System.Text.Json;
using HealthGpt.Model.Decoder;
using HealthGpt.Model.Devices;
using HealthGpt.Model.Text;
using HealthGpt.Model.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Training.Foundation;

/// <summary>
/// Trains the base language model on text alone: reading notes of the training slices, and copying. It has never seen an image or an image token when it is
/// done; its embedding does not even have rows for them.
/// </summary>
internal sealed class BaseModelTrainer(FoundationOptions options, ByteTokenizer tokenizer)
{
    private const int ReadingBatch = 4;
    private const int ShortBatch = 10;
    private const int CopyingBatch = 6;
    private const int CopyingEvery = 4;
    private const int ShortPassage = 64;
    private const string Embedding = "model.embed_tokens.weight";
    private const string Head = "lm_head.weight";

    private readonly System.Random _random = new((int)options.Seed + 3);

    public void Train(string folder, Action<FoundationProgress> progress, CancellationToken cancellationToken)
    {
        var reading = new ReadingTexts(options.SamplesFolder, tokenizer, NanoShape.Decoder.VocabularyRows, _random);
        var copying = new CopyingTexts(tokenizer, NanoShape.Decoder.VocabularyRows, _random);
        using var masters = new MasterWeights(options.Seed + 3);
        Create(masters, NanoShape.Decoder);
        var losses = new double[2];
        for (var step = 0; step < options.BaseModelSteps; step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var weights = masters.Cast(ScalarType.BFloat16);
            using var decoder = new TransformerDecoder(NanoShape.Decoder, weights);
            var copies = step % CopyingEvery == CopyingEvery - 1;
            // Reading does not depend on the passage's length, but its cost does.
            var passage = step < 0.75 * options.BaseModelSteps ? ShortPassage : ReadingTexts.PassageLength;
            var loss = Loss(decoder, weights, copies ? copying.Next(CopyingBatch) : reading.Next(Whole(step) < 0.4 ? ShortBatch : ReadingBatch, passage, Whole(step)), masters.Generator);
            masters.Step(loss, FoundationSchedule.Rate(1.5e-3, step, options.BaseModelSteps));
            losses[copies ? 1 : 0] = loss.ToDouble();
            progress(new FoundationProgress(
                "base language model", step + 1, options.BaseModelSteps, loss.ToDouble(),
                string.Create(CultureInfo.InvariantCulture, $"reading {losses[0]:F3}, copying {losses[1]:F3}")));
        }

        Save(folder, masters);
    }

    private double Whole(int step) => Math.Clamp((((double)step / options.BaseModelSteps) - 0.15) / 0.5, 0, 1);

    private Tensor Loss(TransformerDecoder decoder, WeightSet weights, TextBatch batch, Generator generator)
    {
        var embedding = weights.Get(Embedding);
        var embedded = embedding.index_select(0, tensor(batch.Ids)).view(batch.Rows, batch.Length, -1);
        var passage = tensor(batch.Mixture, [batch.Rows, batch.Passage, batch.Vocabulary]).to(ScalarType.BFloat16).matmul(embedding);
        var noisy = passage.Plus(randn(passage.shape, ScalarType.Float32, generator: generator).to(ScalarType.BFloat16).Times(0.2 * _random.NextDouble()));
        var end = batch.Start + batch.Passage;
        var input = cat([embedded.narrow(1, 0, batch.Start), noisy, embedded.narrow(1, end, batch.Length - end)], 1);
        var hidden = decoder.Forward(input).flatten(0, 1).index_select(0, batch.Places());
        var logits = nn.functional.linear(hidden, weights.Get(Head)).to(ScalarType.Float32);
        var counts = batch.Weights();
        return (nn.functional.cross_entropy(logits, batch.Targets(), reduction: nn.Reduction.None) * counts).sum() / counts.sum();
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
        Directory.CreateDirectory(folder);
        masters.Save(Path.Combine(folder, "model.safetensors"));
        NanoShape.Decoder.Save(Path.Combine(folder, "config.json"), ScalarType.BFloat16);
    }
}

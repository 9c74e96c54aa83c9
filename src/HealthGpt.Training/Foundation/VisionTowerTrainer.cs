using System.Globalization;
using HealthGpt.Data.SampleSets;
using HealthGpt.Model.Devices;
using HealthGpt.Model.Folders;
using HealthGpt.Model.ImageTokens;
using HealthGpt.Model.Vision;
using HealthGpt.Model.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Training.Foundation;

// Shapes: B batch, P patches, W width, K statements, S side.

/// <summary>
/// Trains the vision tower on what is known of the training slices (<see cref="SliceFacts"/>), read from the class token and from every abstract-grained
/// patch, and on the pixels under each patch and the image token of the sharp picture there, both read from the concrete-grained one. The heads are thrown away.
/// </summary>
internal sealed class VisionTowerTrainer(FoundationOptions options, SliceImages slices, ImageTokenizer tokenizer)
{
    private const int Batch = 32;
    private const int KeptPatches = 64;
    private const double KnownWeight = 10;
    private const double SeenWeight = 3;
    private const double DrawnWeight = 0.25;
    private const int EncodedOfBatch = 2;
    private const string Heads = "heads.";

    // CLIP's own constants: the tower is prepared for like the published one.
    private static readonly float[] Mean = [0.48145466f, 0.4578275f, 0.40821073f];
    private static readonly float[] Std = [0.26862954f, 0.26130258f, 0.27577711f];

    private readonly System.Random _random = new((int)options.Seed + 2);

    public void Train(string folder, Action<FoundationProgress> progress, CancellationToken cancellationToken)
    {
        using var masters = new MasterWeights(options.Seed + 2);
        Create(masters, NanoShape.Vision);
        for (var step = 0; step < options.VisionTowerSteps; step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var weights = masters.Cast(ScalarType.BFloat16);
            using var tower = new VisionTower(NanoShape.Vision, weights);
            // Parts of many slices first, whole slices in the last fifth.
            var whole = step >= 0.8 * options.VisionTowerSteps;
            var rows = Enumerable.Range(0, whole ? Batch / 4 : Batch).Select(_ => (long)_random.Next(slices.Count)).ToArray();
            var (loss, detail) = Loss(tower, weights, rows, whole ? NanoShape.Vision.Patches : KeptPatches);
            masters.Step(loss, FoundationSchedule.Rate(7e-4, step, options.VisionTowerSteps));
            progress(new FoundationProgress("vision tower", step + 1, options.VisionTowerSteps, loss.ToDouble(), detail));
        }

        Save(folder, masters);
    }

    private (Tensor Loss, string Detail) Loss(VisionTower tower, WeightSet weights, long[] rows, int patches)
    {
        var images = slices.Varied(rows, _random);
        // Every third picture as super-resolution sees it: 16 pixels a side, drawn large.
        var blurred = nn.functional.interpolate(nn.functional.avg_pool2d(images, 8), size: [128, 128], mode: InterpolationMode.Bicubic, align_corners: false).Within(0, 1);
        var blur = tensor(rows.Select(_ => _random.Next(3) == 0 ? 1f : 0f).ToArray()).view(-1, 1, 1, 1);
        var grey = images.Plus(blurred.Minus(images) * blur);
        var pixels = (grey.expand(-1, 3, -1, -1).Minus(tensor(Mean).view(1, 3, 1, 1)) / tensor(Std).view(1, 3, 1, 1)).to(ScalarType.BFloat16);

        var places = Enumerable.Range(0, NanoShape.Vision.Patches).Select(place => (long)place).ToArray();
        _random.Shuffle(places);
        var kept = tensor(places[..patches]);
        var (features, token) = tower.ForwardAll(pixels, kept);
        var index = tensor(rows);
        var (fromToken, detail) = Known(Head(token, weights, "token"), index);
        var (fromPatches, patchDetail) = Known(Head(features.Abstract!, weights, "patches"), index);
        var wanted = nn.functional.unfold(grey, 8, stride: 8).transpose(1, 2).index_select(1, kept);
        var seen = Head(features.Concrete!, weights, "concrete").Minus(wanted).Squared().mean();
        // Encoding costs more than the tower's own step, so some pictures of the batch must do.
        var some = features.Concrete!.narrow(0, 0, EncodedOfBatch);
        var drawn = nn.functional.cross_entropy(Head(some, weights, "codes").flatten(0, 1), Codes(images.narrow(0, 0, EncodedOfBatch), kept));
        return (
            fromToken.Plus(fromPatches).Times(KnownWeight).Plus(seen.Times(SeenWeight)).Plus(drawn.Times(DrawnWeight)),
            $"known to token {detail}, to patches {patchDetail}" + string.Create(CultureInfo.InvariantCulture, $", pixels {seen.ToDouble():F4}, image tokens {drawn.ToDouble():F2}"));
    }

    private Tensor Codes(Tensor images, Tensor kept)
    {
        using var noGrad = no_grad();
        return tokenizer.Encode(images.Times(2).Plus(-1).expand(-1, 3, -1, -1).to(tokenizer.Type)).index_select(1, kept).flatten();
    }

    private static Tensor Head(Tensor x, WeightSet weights, string name) =>
        nn.functional.linear(x, weights.Get(Heads + name + ".weight"), weights.Get(Heads + name + ".bias")).to(ScalarType.Float32);

    private (Tensor Loss, string Detail) Known(Tensor read, Tensor rows)
    {
        // One row for each image or, where every patch is read, one more axis that the statements are the same along.
        var shape = read.dim() == 2 ? new long[] { read.shape[0], -1 } : [read.shape[0], 1, read.shape[2]];
        var facts = slices.Facts.index_select(0, rows).view(shape).expand_as(read);
        var known = slices.Known.index_select(0, rows).view(shape).expand_as(read);
        var loss = (nn.functional.binary_cross_entropy_with_logits(read, facts, reduction: nn.Reduction.None) * known).sum() / known.sum();
        var right = read.gt(zeros_like(read)).to(ScalarType.Float32).eq(facts).to(ScalarType.Float32) * known;
        return (loss, string.Create(CultureInfo.InvariantCulture, $"{right.sum().ToDouble() / known.sum().ToDouble():P0}"));
    }

    private void Create(MasterWeights weights, VisionConfig config)
    {
        const string root = "vision_model.";
        weights.Normal(root + "embeddings.class_embedding", 0.02, config.Width);
        weights.Uniform(root + "embeddings.patch_embedding.weight", 3 * config.PatchSize * config.PatchSize, config.Width, 3, config.PatchSize, config.PatchSize);
        weights.Value(root + "embeddings.position_embedding.weight", Positions(config));
        Norm(weights, root + "pre_layrnorm", config.Width);
        Norm(weights, root + "post_layernorm", config.Width);
        for (var layer = 0; layer < config.Layers; layer++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"{root}encoder.layers.{layer}.");
            Norm(weights, name + "layer_norm1", config.Width);
            Norm(weights, name + "layer_norm2", config.Width);
            foreach (var part in new[] { "q_proj", "k_proj", "v_proj", "out_proj" }) Linear(weights, name + "self_attn." + part, config.Width, config.Width);
            Linear(weights, name + "mlp.fc1", config.Width, config.FeedForward);
            Linear(weights, name + "mlp.fc2", config.FeedForward, config.Width);
        }

        Linear(weights, Heads + "token", config.Width, SliceFacts.Count);
        Linear(weights, Heads + "patches", config.Width, SliceFacts.Count);
        Linear(weights, Heads + "codes", config.Width, tokenizer.Codes);
        Linear(weights, Heads + "concrete", config.Width, config.PatchSize * config.PatchSize);
    }

    // Sines and cosines of row and column (arXiv 2205.01580) as a start: from small random positions a tower of this size takes long to notice where a patch lies.
    private static Tensor Positions(VisionConfig config)
    {
        var side = config.ImageSize / config.PatchSize;
        var quarter = config.Width / 4;
        var values = new float[config.Patches + 1, config.Width];
        for (var patch = 0; patch < config.Patches; patch++)
        {
            for (var wave = 0; wave < quarter; wave++)
            {
                var frequency = Math.Pow(side * side, -(double)wave / quarter);
                (values[patch + 1, wave], values[patch + 1, quarter + wave]) = ((float)Math.Sin(patch / side * frequency), (float)Math.Cos(patch / side * frequency));
                (values[patch + 1, (2 * quarter) + wave], values[patch + 1, (3 * quarter) + wave]) = ((float)Math.Sin(patch % side * frequency), (float)Math.Cos(patch % side * frequency));
            }
        }

        return tensor(values);
    }

    private static void Norm(MasterWeights weights, string name, int width)
    {
        weights.Constant(name + ".weight", 1, width);
        weights.Constant(name + ".bias", 0, width);
    }

    private static void Linear(MasterWeights weights, string name, int from, int to)
    {
        weights.Uniform(name + ".weight", from, to, from);
        weights.Constant(name + ".bias", 0, to);
    }

    private static void Save(string folder, MasterWeights masters)
    {
        Directory.CreateDirectory(folder);
        masters.Save(Path.Combine(folder, "model.safetensors"), except: Heads);
        NanoShape.Vision.Save(Path.Combine(folder, "config.json"));
        new ImagePreparation(NanoShape.Vision.ImageSize, Mean, Std).Save(Path.Combine(folder, "preprocessor_config.json"));
    }
}

using System.Globalization;
using HealthGpt.Model.Devices;
using HealthGpt.Model.ImageTokens;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Training.Foundation;

// Shapes: B batch, K codes, G grid side.

/// <summary>
/// Trains the GumbelVQ on the training slices: reconstruction in L1 and L2 through a Gumbel-softmax whose temperature falls, and a pull towards using
/// all codes (DALL-E, arXiv 2102.12092). In the last third the codes are drawn hard with straight-through gradients, as they are used later.
/// </summary>
internal sealed class ImageTokenizerTrainer(FoundationOptions options, SliceImages slices)
{
    private const int Batch = 8;
    private const int Crop = 64;
    private const double UsageWeight = 2e-3;
    private const ScalarType Computation = ScalarType.Float32;

    private readonly System.Random _random = new((int)options.Seed);

    public void Train(string folder, Action<FoundationProgress> progress, CancellationToken cancellationToken)
    {
        var config = NanoShape.Images;
        using var masters = new MasterWeights(options.Seed + 1);
        ImageTokenizerShapes.Create(masters, config);
        for (var step = 0; step < options.ImageTokenizerSteps; step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            using var tokenizer = new ImageTokenizer(config, masters.Cast(Computation));
            var (loss, detail) = Loss(tokenizer, Images((double)step / options.ImageTokenizerSteps), (double)step / options.ImageTokenizerSteps, masters.Generator);
            masters.Step(loss, FoundationSchedule.Rate(1e-3, step, options.ImageTokenizerSteps));
            progress(new FoundationProgress("image tokenizer", step + 1, options.ImageTokenizerSteps, loss.ToDouble(), detail));
        }

        Directory.CreateDirectory(folder);
        config.Save(Path.Combine(folder, "model.yaml"));
        masters.Save(Path.Combine(folder, "model.safetensors"));
    }

    /// <summary>Crops for most of the training, whole slices in the last tenth: the network is convolutional, and a crop costs a quarter.</summary>
    private Tensor Images(double done)
    {
        var whole = done > 0.9;
        var rows = Enumerable.Range(0, whole ? Batch / 4 : Batch).Select(_ => (long)_random.Next(slices.Count)).ToArray();
        var images = slices.Shifted(rows, _random);
        if (!whole)
        {
            var range = (int)images.shape[2] - Crop + 1;
            images = stack(Enumerable.Range(0, rows.Length).Select(row => images[row].narrow(1, _random.Next(range), Crop).narrow(2, _random.Next(range), Crop)));
        }

        return _random.Next(2) == 0 ? images : images.flip(3);
    }

    private static (Tensor Loss, string Detail) Loss(ImageTokenizer tokenizer, Tensor images, double done, Generator generator)
    {
        // A black crop has no variance, and each group norm would multiply its gradient by a thousand; a little noise keeps it in bounds.
        var noisy = images.Plus(randn(images.shape, ScalarType.Float32, generator: generator).Times(0.004));
        var target = noisy.Times(2).Plus(-1).expand(-1, 3, -1, -1);
        var logits = tokenizer.Logits(target.to(Computation)).to(ScalarType.Float32);
        var chosen = Choose(logits, Math.Max(0.1, 1 - (1.3 * done)), hard: done > 0.65, generator);
        var drawn = tokenizer.DecodeLatents(Quantise(tokenizer, chosen)).to(ScalarType.Float32);

        var error = drawn.Minus(target);
        var reconstruction = error.abs().mean().Plus(error.Squared().mean());
        var probabilities = logits.softmax(1);
        var mean = probabilities.mean([0L, 2L, 3L]);
        var used = (mean * mean.Times(tokenizer.Codes).Plus(1e-10).log()).sum();
        var each = (probabilities * probabilities.Times(tokenizer.Codes).Plus(1e-10).log()).sum(1).mean();
        // Each place may be sure of its code only as far as all codes stay in use.
        var loss = reconstruction.Plus(used.Times(UsageWeight * 10)).Plus(each.Times(UsageWeight * Math.Max(0, 0.3 - done)));
        var signal = -10 * Math.Log10(error.Squared().mean().ToDouble() / 4);
        return (loss, string.Create(CultureInfo.InvariantCulture, $"PSNR {signal:F2} dB, perplexity {(mean * mean.Plus(1e-10).log()).sum().neg().exp().ToDouble():F0}"));
    }

    private static Tensor Choose(Tensor logits, double temperature, bool hard, Generator generator)
    {
        var uniform = rand(logits.shape, ScalarType.Float32, generator: generator).Within(1e-6, 1 - 1e-6);
        var noise = uniform.log().neg().log().neg();
        var soft = logits.Plus(noise).Times(1 / temperature).softmax(1);
        if (!hard) return soft;

        var index = soft.argmax(1, keepdim: true);
        var exact = zeros_like(soft).scatter(1, index, ones_like(index).to(soft.dtype));
        return exact.Plus(soft).Minus(soft.detach());
    }

    private static Tensor Quantise(ImageTokenizer tokenizer, Tensor chosen)
    {
        var rows = chosen.permute(0, 2, 3, 1).to(Computation).matmul(tokenizer.Codebook);
        return rows.permute(0, 3, 1, 2).contiguous();
    }
}

using HealthGpt.Data.Images;
using HealthGpt.Model.ImageTokens;
using static TorchSharp.torch;

namespace HealthGpt.Cli.Evaluation.Baselines;

/// <summary>What is left of an image after an image tokenizer: the best that any drawn image can be.</summary>
/// <param name="tokenizer">The image tokenizer; stays the caller's.</param>
internal sealed class TokenizerCeiling(ImageTokenizer tokenizer)
{
    public RgbImage Of(RgbImage truth)
    {
        var size = tokenizer.Resolution;
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var pixels = tensor(TokenizerPreparation.Prepare(truth, size)).reshape(1, 3, size, size).to(tokenizer.Type, tokenizer.Codebook.device);
        // Twice the same image: for a batch of one libtorch tries NNPACK, and warns on standard error for each convolution where NNPACK does not know the processor.
        var decoded = tokenizer.Decode(tokenizer.Encode(cat([pixels, pixels])))[0];
        return TokenizerPreparation.FromModel(decoded.to(ScalarType.Float32, CPU).flatten().data<float>().ToArray(), size);
    }
}

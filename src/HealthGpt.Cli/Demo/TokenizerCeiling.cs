using HealthGpt.Data.Images;
using HealthGpt.Model;
using static TorchSharp.torch;

namespace HealthGpt.Cli.Demo;

/// <summary>What is left of an image after the model's image tokenizer: the best that any drawn image can be.</summary>
internal sealed class TokenizerCeiling : IDisposable
{
    private readonly HealthGptModel _model;

    private TokenizerCeiling(HealthGptModel model) => _model = model;

    /// <summary>Rows of the vocabulary that are image tokens.</summary>
    public int NewTokens => _model.ImageVocabulary.Added;

    public static TokenizerCeiling Load(string modelFolder) => new(HealthGptModel.Load(modelFolder, ScalarType.Float32));

    public RgbImage Of(RgbImage truth)
    {
        var size = _model.ImageTokenizer.Resolution;
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var pixels = tensor(TokenizerPreparation.Prepare(truth, size)).reshape(1, 3, size, size);
        // Twice the same image: for a batch of one libtorch tries NNPACK, and warns on standard error for each convolution where NNPACK does not know the processor.
        var decoded = _model.ImageTokenizer.Decode(_model.ImageTokenizer.Encode(cat([pixels, pixels])))[0];
        return TokenizerPreparation.FromModel(decoded.to(ScalarType.Float32).flatten().data<float>().ToArray(), size);
    }

    public void Dispose() => _model.Dispose();
}

using HealthGpt.Data.Images;
using HealthGpt.Model;
using TorchSharp;

namespace HealthGpt.Training.Features;

/// <summary>Sizes of what the frozen parts take and give.</summary>
/// <param name="Clip">How a picture is prepared for the vision tower.</param>
/// <param name="FeatureBytes">Bytes of a picture's features.</param>
/// <param name="TokenizerSide">Pixels of a side of the image tokenizer's input.</param>
/// <param name="Codes">Code indices of a picture.</param>
internal sealed record FrozenShapes(ClipPreparation Clip, int FeatureBytes, int TokenizerSide, int Codes)
{
    /// <summary>Those of a model.</summary>
    public static FrozenShapes Of(HealthGptModel model)
    {
        var (preparation, tower) = (model.Preparation, model.Tower);
        return new FrozenShapes(
            new ClipPreparation { Size = preparation.Size, Mean = preparation.Mean, Std = preparation.Std, Threads = 1 },
            tower.Config.Patches * tower.Config.Width * (tower.Type == torch.ScalarType.Float32 ? 4 : 2), model.ImageTokenizer.Resolution,
            model.ImageTokenizer.Grid * model.ImageTokenizer.Grid);
    }

    /// <summary>Bytes of a result.</summary>
    public int BytesOf(FrozenOutput output) => output == FrozenOutput.Codes ? Codes * sizeof(int) : FeatureBytes;

    /// <summary>The most bytes that an input of any kind holds.</summary>
    public long MostInputBytes => Math.Max(Math.Max(FeatureBytes, Codes * sizeof(int)), Math.Max(PixelBytes(Clip.Size), PixelBytes(TokenizerSide)));

    private static long PixelBytes(int side) => 3L * sizeof(float) * side * side;
}

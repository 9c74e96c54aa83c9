using HealthGpt.Data.Images;
using HealthGpt.Model.Devices;
using HealthGpt.Model.ImageTokens;
using HealthGpt.Model.Tests;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace HealthGpt.Training.Tests.Features;

public sealed class ReferencePictureTests
{
    public static TheoryData<string> Tokenizers => [.. Reference.Parts("model.yaml")];

    [Theory, MemberData(nameof(Tokenizers))]
    public void A_decoded_image_has_the_references_bytes(string folder)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var expected = Reference.Load(folder, "expected.safetensors");
        using var tokenizer = new ImageTokenizer(
            ImageTokenizerConfig.Load(Path.Combine(Reference.Folder, folder, "model.yaml")), Reference.LoadEither($"{folder}/model.safetensors", $"{folder}/vqgan.ckpt"));
        Tensor reference = expected.Get("decoded"), own = tokenizer.Decode(expected.Get("indices"));

        for (var image = 0; image < reference.shape[0]; image++)
        {
            var bytes = Pixels(expected.Get("decoded_uint8")[image]);
            Assert.Equal(bytes, BytesOf(reference[image]));

            // Values within 1e-4 of the reference's may lie on the other side of a whole number, and nothing else may differ.
            byte[] lowest = BytesOf(own[image].Plus(-1e-4)), highest = BytesOf(own[image].Plus(1e-4));
            Assert.All(bytes.Index(), pixel => Assert.InRange(pixel.Item, lowest[pixel.Index], highest[pixel.Index]));
            Assert.InRange(bytes.Zip(BytesOf(own[image])).Count(pair => pair.First != pair.Second), 0, bytes.Length / 100);
        }
    }

    private static byte[] BytesOf(Tensor image) => TokenizerPreparation.FromModel(image.flatten().data<float>().ToArray(), (int)image.shape[^1]).Pixels;

    // The product keeps the channels of a pixel together.
    private static byte[] Pixels(Tensor image) => [.. (image.shape[0] == 3 ? image.permute(1, 2, 0) : image).contiguous().flatten().data<byte>()];
}

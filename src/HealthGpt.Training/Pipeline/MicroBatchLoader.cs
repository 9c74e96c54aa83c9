using System.Runtime.InteropServices;
using HealthGpt.Data.Images;
using HealthGpt.Model;
using HealthGpt.Training.Features;
using HealthGpt.Training.Phases;
using HealthGpt.Training.Samples;

namespace HealthGpt.Training.Pipeline;

/// <summary>
/// Reads and tokenises samples, decodes and prepares the pictures whose features are not in the cache, and plans the rows. Uses no tensor. Safe to call from
/// several threads.
/// </summary>
/// <param name="model">The model, for its sizes and vocabulary.</param>
/// <param name="cache">Results of the frozen parts.</param>
internal sealed class MicroBatchLoader(HealthGptModel model, FrozenCache cache)
{
    private readonly FrozenShapes _shapes = FrozenShapes.Of(model);
    private readonly int _patches = model.Tower.Config.Patches;

    /// <summary>The most bytes that a micro-batch's pictures and rows hold.</summary>
    public long MostBytesOf(SampleReference[] samples) => samples.Sum(sample => (sample.Pictures * _shapes.MostInputBytes) + sample.Task.MostRowBytes);

    /// <summary>Loads a micro-batch.</summary>
    /// <param name="references">Its samples, all of one kind.</param>
    /// <param name="claim">Says whether this micro-batch is to prepare a picture of that key; otherwise an earlier one does. Null if it prepares all.</param>
    /// <exception cref="Replicas.JobFailureException">A sample or a picture of it is no longer what was indexed.</exception>
    public MicroBatch Load(SampleReference[] references, Func<string, bool>? claim = null)
    {
        var decoded = new LastPicture();
        var samples = Array.ConvertAll(references, reference => reference.Read());
        var features = samples[0].Generation ? FrozenOutput.ConcreteFeatures : FrozenOutput.AbstractFeatures;
        var pictures = new List<FrozenInput>();
        var answers = new List<FrozenInput>();
        for (var row = 0; row < samples.Length; row++)
        {
            foreach (var image in samples[row].Images) pictures.Add(Load(InputOf(references[row], image, features), decoded, claim));
            if (samples[row].AnswerImage is { } answer) answers.Add(Load(InputOf(references[row], answer, FrozenOutput.Codes), decoded, claim));
        }

        var batch = new MicroBatch { Samples = samples, Pictures = [.. pictures], Answers = [.. answers] };
        return answers.Any(answer => answer.Result is null) ? batch : batch with { Layout = LayoutOf(batch, [.. answers.Select(answer => CodesOf(answer.Result!))]) };
    }

    /// <summary>Loads what no earlier micro-batch has brought after all.</summary>
    /// <exception cref="Replicas.JobFailureException">The picture is no longer what was indexed.</exception>
    public FrozenInput LoadLate(FrozenInput input) => Load(input, new LastPicture(), claim: null);

    /// <summary>Plans the rows of a micro-batch.</summary>
    /// <param name="batch">The micro-batch.</param>
    /// <param name="codes">Code indices of each answer that is an image.</param>
    public BatchLayout LayoutOf(MicroBatch batch, IReadOnlyList<int[]> codes)
    {
        var vocabulary = model.ImageVocabulary;
        IReadOnlyList<int[]> answers = batch.Generation
            ? [.. codes.Select(answer => (int[])[.. answer.Select(code => vocabulary.FirstCode + code), vocabulary.EndIndex])]
            : [.. batch.Samples.Select(sample => sample.Answer)];
        return new BatchLayout(batch.Samples, _patches, vocabulary.TextTokens, answers);
    }

    /// <summary>Code indices as the cache keeps them.</summary>
    public static int[] CodesOf(byte[] result) => MemoryMarshal.Cast<byte, int>(result).ToArray();

    private static FrozenInput InputOf(SampleReference sample, ImageReference image, FrozenOutput output) => new(sample, image, output, output switch
    {
        FrozenOutput.AbstractFeatures => $"{image.Sha256}-abstract",
        FrozenOutput.ConcreteFeatures => $"{image.Sha256}-concrete",
        _ => $"{image.Sha256}-codes",
    });

    private FrozenInput Load(FrozenInput input, LastPicture decoded, Func<string, bool>? claim)
    {
        if (cache.TryGet(input.Key, _shapes.BytesOf(input.Output)) is { } known) return input with { Result = known };
        if (claim?.Invoke(input.Key) == false) return input;
        try
        {
            var picture = decoded.Get(input.Image);
            // On this thread alone: how many there are is the pipeline's to say.
            return input with { Pixels = input.Output == FrozenOutput.Codes ? TokenizerPreparation.Prepare(picture, _shapes.TokenizerSide, 1) : _shapes.Clip.Prepare(picture) };
        }
        catch (BadSampleException bad)
        {
            throw input.Sample.Task.Lost(input.Sample.Index, bad);
        }
    }

    /// <summary>A picture that is prompt and answer at once is decoded once.</summary>
    private sealed class LastPicture
    {
        private ImageReference? _image;
        private RgbImage? _picture;

        public RgbImage Get(ImageReference image)
        {
            if (_picture is not null && _image?.Sha256 == image.Sha256) return _picture;
            (_image, _picture) = (image, null);
            return _picture = PictureFile.Decode(image);
        }
    }
}

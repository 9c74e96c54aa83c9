using HealthGpt.Cli.Connection;
using HealthGpt.Cli.Evaluation.Baselines;
using HealthGpt.Cli.Evaluation.Pages;
using HealthGpt.Cli.Evaluation.Scores;
using HealthGpt.Data.Images;
using HealthGpt.Inference;
using HealthGpt.Model.ImageTokens;
using static TorchSharp.torch;

namespace HealthGpt.Cli.Evaluation;

/// <summary>Measures drawn images at the image tokenizer's resolution, which is theirs.</summary>
internal sealed class GenerationEvaluation : TaskEvaluation<ImageScore>
{
    private readonly EvaluationFolder _folder;
    private readonly ComputeDevice _device;
    private readonly ImageTokenizerConfig _tokenizer;
    private readonly ImageScore?[] _inputs;
    private readonly ImageScore[] _ceilings;

    public GenerationEvaluation(EvaluationInput input, EvaluationFolder folder, ComputeDevice device) : base(input, ImageScore.Metrics)
    {
        _folder = folder;
        _device = device;
        _tokenizer = ImageTokenizerConfig.Load(Path.Combine(input.Model.ImageTokenizerFolder, "model.yaml"));
        _inputs = new ImageScore?[input.Samples.Count];
        _ceilings = new ImageScore[input.Samples.Count];
        foreach (var plugin in input.Plugins)
            Directory.CreateDirectory(Path.GetDirectoryName(folder.Drawn(plugin.Label, 1))!);
    }

    public override int? Resolution => _tokenizer.Resolution;

    public override async Task TakeAsync(int plugin, int sample, Answer answer, CancellationToken cancellationToken)
    {
        var png = answer.ImagePng ?? throw new CommandException(
            ExitCodes.Failed, $"plugin {Plugins[plugin].Label} drew nothing", $"its answer to sample {Samples[sample].Number} holds no image", "see whether it is a plugin that draws");
        await File.WriteAllBytesAsync(_folder.Drawn(Plugins[plugin].Label, Samples[sample].Number), png, cancellationToken);
        Scores[plugin][sample] = ImageScore.Of(RgbImage.Decode(png, "the drawn image"), Truth(sample), InsideOf(sample));
    }

    public override void ScoreReferences(Action advance, CancellationToken cancellationToken)
    {
        using var tokenizer = ImageTokenizer.Load(Input.Model.ImageTokenizerFolder, _tokenizer, ScalarType.Float32, _device == ComputeDevice.Cuda ? CUDA : CPU, cancellationToken);
        var ceiling = new TokenizerCeiling(tokenizer);
        for (var sample = 0; sample < Samples.Count; sample++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (truth, inside) = (Truth(sample), InsideOf(sample));
            _ceilings[sample] = ImageScore.Of(ceiling.Of(truth), truth, inside);
            _inputs[sample] = InputOf(sample) is { } input ? ImageScore.Of(input, truth, inside) : null;
            advance();
        }
    }

    public override int CutAnswers(int plugin) => 0;

    public override object Line(int sample)
    {
        var about = Samples[sample];
        return new
        {
            about.Number,
            about.Sha256,
            Kind = KindOf(sample),
            about.Question,
            Answers = Plugins.Select((plugin, at) => new
            {
                Plugin = plugin.Label,
                Drawn = $"drawn/{plugin.Label}/{about.Number:D6}.png",
                Scores[at][sample].Ssim,
                Scores[at][sample].Psnr,
                Scores[at][sample].Mse,
                Scores[at][sample].Inside,
            }),
            Input = _inputs[sample],
            TokenizerCeiling = _ceilings[sample],
        };
    }

    public override void WriteCase(TextWriter page, int sample)
    {
        var drawn = Plugins.Select((plugin, at) => new DrawnImage(plugin.Label, RgbImage.Load(_folder.Drawn(plugin.Label, Samples[sample].Number)), Scores[at][sample]));
        ImageCase.Write(page, new ImageCase.Parts(Samples[sample], KindOf(sample), InputOf(sample), _inputs[sample], [.. drawn], Truth(sample), _ceilings[sample]));
    }

    protected override double GoodnessOf(ImageScore score) => score.Ssim;

    protected override IReadOnlyList<ScoredSystem<ImageScore>> References(IReadOnlyList<int> samples)
    {
        var ceiling = new ScoredSystem<ImageScore>("tokenizerCeiling", [.. samples.Select(sample => _ceilings[sample])]);
        return samples.All(sample => _inputs[sample] is not null) ? [new ScoredSystem<ImageScore>("input", [.. samples.Select(sample => _inputs[sample]!)]), ceiling] : [ceiling];
    }

    /// <summary>The truth as the image tokenizer is trained on it: a square by Lanczos.</summary>
    private RgbImage Truth(int sample) => Square(RgbImage.Load(Samples[sample].Sample.AnswerImage!), ResampleFilter.Lanczos);

    /// <summary>The pixels that the mask is bright in; null without a mask.</summary>
    private bool[]? InsideOf(int sample)
    {
        if (Samples[sample].Sample.Mask is not { } path)
            return null;
        var mask = Square(RgbImage.Load(path), ResampleFilter.Box);
        var inside = new bool[mask.Width * mask.Height];
        for (var i = 0; i < inside.Length; i++)
            inside[i] = mask.Pixels[3 * i] >= 128;
        return inside;
    }

    /// <summary>The question's first picture: by bicubic where it has to be enlarged, as super-resolution is compared, else as the truth.</summary>
    private RgbImage? InputOf(int sample)
    {
        if (Samples[sample].Sample.Images is not [var path, ..])
            return null;
        var image = RgbImage.Load(path);
        return Square(image, image.Width < _tokenizer.Resolution || image.Height < _tokenizer.Resolution ? ResampleFilter.Bicubic : ResampleFilter.Lanczos);
    }

    private RgbImage Square(RgbImage image, ResampleFilter filter) => image.Width == _tokenizer.Resolution && image.Height == _tokenizer.Resolution
        ? image
        : Resampling.Resize(image, _tokenizer.Resolution, _tokenizer.Resolution, filter);
}

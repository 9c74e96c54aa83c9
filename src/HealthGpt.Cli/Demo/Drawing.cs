using HealthGpt.Cli.Demo.Results;
using HealthGpt.Cli.Evaluation.Baselines;
using HealthGpt.Cluster.Abstractions.Serving;
using HealthGpt.Data.Images;
using HealthGpt.Data.Samples;

namespace HealthGpt.Cli.Demo;

/// <summary>Has images of held-out slices drawn and compares them with the truth.</summary>
internal sealed class Drawing(Serving serving, TokenizerCeiling ceiling)
{
    /// <summary>One image of each task that is served and has held-out samples with an input image.</summary>
    public async Task<IReadOnlyList<DrawnPictures>> DrawAsync(ServingStatus status, CancellationToken cancellationToken)
    {
        var drawn = new List<DrawnPictures>();
        var tasks = serving.HeldOutOf(status, TaskKind.Generation).Where(sample => sample is { Images.Count: > 0, AnswerImage: not null }).GroupBy(sample => sample.Task);
        foreach (var samples in tasks.OrderByDescending(group => group.Key == DemoTasks.SuperResolution))
            drawn.Add(await DrawAsync([.. samples], cancellationToken));
        return drawn;
    }

    private async Task<DrawnPictures> DrawAsync(IReadOnlyList<Sample> samples, CancellationToken cancellationToken)
    {
        var sample = samples[samples.Count / 2];
        var other = samples[(samples.Count / 2 + samples.Count / 3) % samples.Count];
        var answer = await serving.DrawAsync(sample, cancellationToken);
        var truth = RgbImage.Load(sample.AnswerImage!);
        var input = Fitted(RgbImage.Load(sample.Images[0]), truth);
        var drawn = Fitted(RgbImage.Decode(answer.ImagePng ?? throw NotDrawn(sample), $"the answer of {sample.Task}"), truth);
        var tokenized = Fitted(ceiling.Of(truth), truth);
        var figures = new DrawnImage
        {
            Task = sample.Task,
            Input = sample.Images[0],
            Truth = sample.AnswerImage!,
            Drawn = Likeness.Of(drawn, truth),
            OfInput = Likeness.Of(input, truth),
            TokenizerCeiling = Likeness.Of(tokenized, truth),
            OfAnotherSlice = Likeness.Of(Fitted(RgbImage.Load(other.AnswerImage!), truth), truth),
            Seconds = Math.Round(answer.Seconds, 2),
        };
        return new DrawnPictures(figures, input, drawn, truth, tokenized);
    }

    private static RgbImage Fitted(RgbImage image, RgbImage truth) =>
        image.Width == truth.Width && image.Height == truth.Height ? image : Resampling.Resize(image, truth.Width, truth.Height, ResampleFilter.Bicubic);

    private static CommandException NotDrawn(Sample sample) => new(
        ExitCodes.Failed, $"the task '{sample.Task}' drew nothing", $"its answer for '{sample.Images[0]}' holds no image", "look into the silos' logs in the run folder");
}

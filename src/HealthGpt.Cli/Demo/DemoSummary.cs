using System.Globalization;
using System.Text;
using HealthGpt.Cli.Demo.Results;
using HealthGpt.Storage.Files;

namespace HealthGpt.Cli.Demo;

/// <summary>The demo's last words: what was learnt, how well, and where everything lies.</summary>
internal static class DemoSummary
{
    public static string Of(DemoReport report, DemoFiles files)
    {
        var text = new StringBuilder();
        Line(text, $"\nLearning (mean loss of the first and last fifth of each phase)");
        foreach (var phase in report.Learning)
            Line(text, $"  {phase.Stage,-12} {phase.Phase,-18} {phase.FirstFifth,7:0.000} -> {phase.LastFifth,6:0.000}  (standard error {phase.StandardError:0.000})  {(phase.Learnt ? "learnt" : "not learnt")}");
        if (report.ImageWords is { } words)
            Line(text, $"  image tokens: final loss {words.FinalLoss:0.000}, blind guess ln({words.NewTokens}) = {words.LogOfNewTokens:0.000}, {words.Below:0.00} nats below");
        Questions(text, report.ClosedQuestions);
        foreach (var image in report.Images)
            Image(text, image);
        if (report.Killed is { } killed)
            Line(text, $"\nKilled: {killed.Silo}, which held {killed.Held}; the job ended in generation {report.Job.Generations} with weights {report.Job.WeightsSha256?[..12]}");
        else
            Line(text, $"\nKilled: nobody; {report.NobodyKilled}; the job ended with weights {report.Job.WeightsSha256?[..12]}");
        Line(text, $"Took {report.Seconds["total"]:0} s; at most {report.Memory.ResidentBytes / 1e9:0.0} GB of memory over {report.Memory.Processes} processes.");
        Line(text, $"{report.Note}");
        Line(text, $"Written to {files.Root}: losses.csv, losses.png, answers.json, comparison.png, events.jsonl");
        Line(text, $"Ask the trained model again: healthgpt infer --model {ShellWord.Of(Path.Combine(files.Checkpoints, "model"))} --task vqa --image FILE --question TEXT");
        return text.ToString().TrimEnd();
    }

    private static void Questions(StringBuilder text, ClosedQuestions questions)
    {
        Line(text, $"\n{questions.All.Questions} held-out closed questions: {questions.All.Correct:0.0%} right; best constant answer '{questions.All.BestConstant.Answer}' {questions.All.BestConstant.Accuracy:0.0%}, best constant of each kind {questions.BestConstantPerKind:0.0%}, of each question text {questions.BestConstantPerQuestion:0.0%}, guess from the question alone {questions.All.BlindGuess:0.0%}");
        foreach (var kind in questions.Kinds)
            Line(text, $"  {kind.Kind,-12} {kind.Questions,4} questions  {kind.Correct,6:0.0%}   best constant '{kind.BestConstant.Answer}' {kind.BestConstant.Accuracy:0.0%}, guess from the question alone {kind.BlindGuess:0.0%}");
    }

    private static void Image(StringBuilder text, DrawnImage image)
    {
        Line(text, $"\n{image.Task}, likeness to the truth (PSNR in dB, SSIM)");
        Line(text, $"  drawn             {Figures(image.Drawn)}");
        Line(text, $"  input             {Figures(image.OfInput)}");
        Line(text, $"  tokenizer ceiling {Figures(image.TokenizerCeiling)}");
        Line(text, $"  another slice     {Figures(image.OfAnotherSlice)}");
    }

    private static string Figures(Likeness likeness) => string.Create(CultureInfo.InvariantCulture, $"{likeness.Psnr,5:0.0}  {likeness.Ssim,5:0.000}");

    private static void Line(StringBuilder text, FormattableString line) => text.AppendLine(line.ToString(CultureInfo.InvariantCulture));
}

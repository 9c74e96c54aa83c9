using HealthGpt.Data.Samples;
using HealthGpt.Model.Text;

namespace HealthGpt.Cli.Evaluation.Baselines;

/// <summary>A sample's question as people read it.</summary>
internal static class QuestionText
{
    public static string Of(Sample sample) => sample.Question.Replace(Prompt.ImagePlaceholder, "", StringComparison.Ordinal).Trim();
}

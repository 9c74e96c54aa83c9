using System.Globalization;
using HealthGpt.Benchmarks.Subjects;
using HealthGpt.Model.Text;

namespace HealthGpt.Benchmarks.Training;

/// <summary>A dataset of one question on each of some slices, all of one length in tokens, which are bytes here.</summary>
internal static class EqualQuestions
{
    private const int Questions = 16;
    private const string Answer = "left temporal lobe";

    /// <summary>Writes the dataset.</summary>
    /// <param name="folder">A folder of its own.</param>
    /// <param name="template">The model's template.</param>
    /// <param name="textTokens">Tokens of a sequence beside the image's.</param>
    /// <returns>The dataset file.</returns>
    public static string Write(string folder, PromptTemplate template, int textTokens)
    {
        var images = Directory.CreateDirectory(Path.Combine(folder, "images")).FullName;
        var slices = Directory.GetFiles(Path.Combine(Path.GetDirectoryName(Repository.Dataset)!, "images"), "*_head.png").Order(StringComparer.Ordinal).Take(Questions).ToArray();
        var answer = Answer[..Math.Min(Answer.Length, textTokens / 6)];
        // A line end behind the image; the stop token of the answer is predicted and not read.
        var question = new string('?', textTokens - TokensOf(template) - 1 - answer.Length);
        using (var lines = new StreamWriter(Path.Combine(folder, "vqa.jsonl")))
        {
            foreach (var slice in slices)
            {
                var name = Path.GetFileName(slice);
                File.Copy(slice, Path.Combine(images, name));
                lines.Write(string.Create(CultureInfo.InvariantCulture, $$$"""
                    {"image":"{{{name}}}","conversations":[{"from":"human","value":"<image>\n{{{question}}}"},{"from":"gpt","value":"{{{answer}}}"}]}

                    """));
            }
        }

        var path = Path.Combine(folder, "dataset.yaml");
        File.WriteAllText(path, """
            sources: [{ samples: vqa.jsonl, root: images/, task: vqa, split: train }]
            tasks: { vqa: { kind: comprehension } }
            """);
        return path;
    }

    private static int TokensOf(PromptTemplate template) =>
        template.SpecialTokens.Aggregate(template.Render(""), (text, token) => text.Replace(token, "|", StringComparison.Ordinal)).Length;
}

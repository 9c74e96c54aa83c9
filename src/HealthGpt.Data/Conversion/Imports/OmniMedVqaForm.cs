using HealthGpt.Data.Samples;

namespace HealthGpt.Data.Conversion.Imports;

/// <summary>
/// OmniMedVQA: a list a source, of objects with question, option_A to option_D, gt_answer (the text of one option), image_path (from the dataset's folder)
/// and question_type. It is published to test with and has no other split.
/// </summary>
internal sealed class OmniMedVqaForm(ImportOptions options) : PublishedForm(options)
{
    private const string Split = "test";
    private const int FewestOptions = 2;
    private const string Instruction = "Answer with the option's letter from the given choices directly.";

    private static readonly string[] Letters = ["A", "B", "C", "D"];

    protected override string Expected => "lists in QA_information/Open-access/*.json beside a folder Images";

    public override void Write(RowFields fields, PublishedFile file, string? picture, SampleLine line)
    {
        var named = Letters.Select(letter => (Letter: letter, Text: fields.OptionalText($"option_{letter}")));
        var options = named.Where(option => !string.IsNullOrEmpty(option.Text)).ToList();
        if (options.Count < FewestOptions)
            fields.Problem($"the question has {options.Count} options; a choice has at least {FewestOptions}");
        var (question, truth) = (fields.Text("question"), fields.Text("gt_answer"));
        var right = options.FirstOrDefault(option => IsSame(option.Text!, truth)).Letter;
        if (right is null && truth.Length > 0 && options.Count >= FewestOptions)
            fields.Problem($"gt_answer is {Quoted.Of(truth)}, which is none of the options");
        if (question.Length > 0)
            question = string.Join('\n', [question, .. options.Select(option => $"{option.Letter}. {option.Text}"), Instruction]);
        line.Write(
            fields.OptionalText("question_id"), fields.Text("image_path"), question, right ?? truth, fields.OptionalText("question_type"), closed: true, Split,
            options.Select(option => option.Letter).SequenceEqual(Letters.Take(options.Count)) ? [.. options.Select(option => option.Text!)] : null);
    }

    protected override PublishedFiles FindFiles()
    {
        var folder = Source.Folder("QA_information") is { } information ? new SourceFolder(information).Folder("Open-access") : null;
        var files = folder is null ? [] : new SourceFolder(folder).Files("*.json", 0);
        if (files.Count == 0)
            throw Missing("no list of questions");
        // The paths of pictures begin with Images, so it has to be there, but they are relative to the folder above.
        var images = Options.Images is null ? Path.GetDirectoryName(ImagesIn("Images")) : ImagesIn();
        return new PublishedFiles([.. files.Select(file => new PublishedFile(file, Split, Vqa))], images);
    }

    private static bool IsSame(string option, string truth) => option.TrimEnd('.').Equals(truth.TrimEnd('.'), StringComparison.OrdinalIgnoreCase);
}

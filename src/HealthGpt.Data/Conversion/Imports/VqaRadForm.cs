using HealthGpt.Data.Samples;

namespace HealthGpt.Data.Conversion.Imports;

/// <summary>
/// VQA-RAD: one list of objects with image_name, question, answer (text or number), answer_type, question_type and phrase_type, of which test_freeform and test_para
/// are the test split; or parquet files a split, without types.
/// </summary>
internal sealed class VqaRadForm(ImportOptions options) : PublishedForm(options)
{
    /// <summary>What the list is called.</summary>
    public static readonly string[] Lists = ["VQA_RAD Dataset Public.json", "VQA_RAD_Dataset_Public.json", "VQA_RAD Dataset.json"];

    protected override string Expected => "'VQA_RAD Dataset Public.json' beside a folder 'VQA_RAD Image Folder', or as parquet files named after their split";

    public override void Write(RowFields fields, PublishedFile file, string? picture, SampleLine line)
    {
        if (picture is null)
        {
            var (id, kind) = (fields.OptionalText("qid"), fields.OptionalText("question_type"));
            line.Write(id, fields.Text("image_name"), fields.Text("question"), fields.Text("answer"), kind, fields.IsClosed(), SplitOf(fields));
            return;
        }

        var (answer, closed) = fields.Answer();
        line.Write(null, picture, fields.Text("question"), answer, null, closed, file.Split);
    }

    protected override PublishedFiles FindFiles()
    {
        if (Source.File(Lists) is { } list)
            return new PublishedFiles([new PublishedFile(list, "", Vqa)], ImagesIn("VQA_RAD Image Folder", "VQA_RAD_Image_Folder", "images"));
        return FindParquet() ?? throw Missing("no list of questions");
    }

    private static string SplitOf(RowFields fields)
    {
        var phrase = fields.Text("phrase_type").ToLowerInvariant();
        switch (phrase)
        {
            case "freeform" or "para":
                return "train";
            case "test_freeform" or "test_para":
                return "test";
            case "":
                return "";
            default:
                fields.Problem($"phrase_type is {Quoted.Of(phrase)}, but must be freeform, para, test_freeform or test_para, because it says the split");
                return "";
        }
    }
}

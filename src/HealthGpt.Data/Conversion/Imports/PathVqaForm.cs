namespace HealthGpt.Data.Conversion.Imports;

/// <summary>
/// PathVQA: a pickle a split, of dictionaries with image (a name without its suffix), question and answer, with pictures in images/train, images/val and
/// images/test; or parquet files a split.
/// </summary>
internal sealed class PathVqaForm(ImportOptions options) : PublishedForm(options)
{
    private const int Depth = 3;

    private static readonly (string Folder, string Split)[] Parts = [("train", "train"), ("val", "validation"), ("test", "test")];

    protected override string Expected =>
        "qas/train/train_qa.pkl, qas/val/val_qa.pkl and qas/test/test_qa.pkl beside a folder images, or as parquet files named after their split";

    public override void Write(RowFields fields, PublishedFile file, string? picture, SampleLine line)
    {
        var (answer, closed) = fields.Answer();
        line.Write(null, picture ?? NameOf(fields.Text("image"), file.Split), fields.Text("question"), answer, null, closed, file.Split);
    }

    protected override PublishedFiles FindFiles()
    {
        var found = Parts.SelectMany(part => Source.Files($"{part.Folder}_qa.pkl", Depth).Take(1).Select(path => new PublishedFile(path, part.Split, Vqa))).ToList();
        return found.Count > 0 ? new PublishedFiles(found, ImagesIn("images")) : FindParquet() ?? throw Missing("no list of questions");
    }

    private static string NameOf(string image, string split) => image.Length == 0 ? "" : $"{Parts.Single(part => part.Split == split).Folder}/{image}.jpg";
}

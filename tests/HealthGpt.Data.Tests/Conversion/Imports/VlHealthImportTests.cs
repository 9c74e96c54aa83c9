using HealthGpt.Data.Conversion.Imports;

namespace HealthGpt.Data.Tests.Conversion.Imports;

public sealed class VlHealthImportTests : IDisposable
{
    private readonly ImportedFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Import_MakesATaskOfEachList_OfWordsOrOfPictures()
    {
        _folder.WritePictures("images/a.jpg", "images/b.png", "images/low.png", "images/high.png", "images/xray.png");
        _folder.Write("Alignment/comprehension/train_data.json", $$"""
            [{"id": "pubmedvision_0", "image": "images/a.jpg", "conversations": [
               {"from": "human", "value": "<image>\nCan you describe the image for me?"}, {"from": "gpt", "value": "A chest CT."}]},
             {"id": 7, "image": ["{{Path.Combine(_folder.Source, "images", "b.png")}}", "images/a.jpg"], "source": "x", "conversations": [
               {"from": "human", "value": "<image>\n<image>\nSame patient?", "weight": 1}, {"from": "gpt", "value": "no"},
               {"from": "human", "value": "Why?"}, {"from": "gpt", "value": "Age."}]},
             {"id": null, "image": null, "conversations": [{"from": "human", "value": "What is CT?"}, {"from": "gpt", "value": "Computed tomography."}]}]
            """);
        _folder.Write(
            "Instruct/generation/super_resolution_train.json", Generation("images/low.png", "<image>\\nReconstruct.", Path.Combine(_folder.Source, "images", "high.png")));
        _folder.Write("Instruct/generation/super_resolution_test.json", Generation("images/b.png", "<image>\\nReconstruct.", "images/high.png"));
        _folder.Write("report_to_cxr.jsonl", """{"conversations": [{"from": "human", "value": "No effusion."}, {"from": "gpt", "value": "images/xray.png"}]}""");
        _folder.Write("Alignment/pre_aligned_weights/trainer_state.json", """{"log_history": [{"loss": 1}]}""");
        _folder.Write("Alignment/generation/train-00000.parquet", "PAR1");
        _folder.Write("earlier/dataset.yaml", "sources: []");
        _folder.Write("earlier/vqa.jsonl", """{"conversations": []}""");

        var result = await _folder.ImportAsync(ImportForm.VlHealth);

        Assert.Equal((5, 0, 1, 0), (result.Train, result.Validation, result.Test, result.Bad));
        Assert.Equal(["trainer_state.json", "train-00000.parquet"], result.PassedOver.Select(Path.GetFileName));
        var samples = _folder.Checked();
        string[] tasks = ["alignment-comprehension", "instruct-generation-super-resolution", "report-to-cxr"];
        Assert.Equal([tasks[0], tasks[0], tasks[0], tasks[1], tasks[1], tasks[2]], samples.Select(sample => sample.Task));
        Assert.Equal(["test", "train"], samples.Skip(3).Take(2).Select(sample => sample.Split));
        Assert.Equal([1, 2, 0, 1, 1, 0], samples.Select(sample => sample.Images.Count));
        Assert.Equal(("no", "Age."), (samples[1].Answer, samples[1].FollowUps.Single().Answer));
        Assert.Equal([null, null, null, "high.png", "high.png", "xray.png"], samples.Select(sample => Path.GetFileName(sample.AnswerImage)));
        Assert.DoesNotContain(_folder.Source, File.ReadAllText(Path.Combine(_folder.Out, "alignment-comprehension.jsonl")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Import_OfOneFile_TakesItsTaskAndThePicturesOfAnotherFolder()
    {
        _folder.WritePictures("elsewhere/low.png", "elsewhere/high.png");
        var list = _folder.Write("ixi.json", Generation("low.png", "<image>\\nReconstruct.", "high.png"));
        var images = Path.Combine(_folder.Source, "elsewhere");

        await _folder.ImportAsync(ImportForm.VlHealth, options => options with { Source = list, Images = images, Task = "super-resolution" });

        var sample = Assert.Single(_folder.Checked());
        Assert.Equal(("super-resolution", "high.png"), (sample.Task, Path.GetFileName(sample.AnswerImage)));
    }

    [Fact]
    public async Task Import_NamesEveryBadRecord()
    {
        _folder.WritePictures("a.png");
        string[] drawn =
        [
            Generation("a.png", "<image>\\nDraw.", "<start_index><idx_1><end_index>"), Generation("a.png", "<image>\\nDraw.", " "), Generation("/etc/hostname", "<image>\\nDraw.", "../b.png"),
        ];
        _folder.Write("generation/x.json", string.Join("\n", drawn).Replace("]\n[", ",\n", StringComparison.Ordinal));
        _folder.Write("comprehension/y.jsonl", """
            {"image": 7, "conversations": [{"from": "human", "value": "<image>\nWhich?"}, {"from": "gpt", "value": "this"}]}
            {"image": "a.png", "conversations": "none"}
            {"image": "a.png", "conversations": [{"from": "human", "value": "Which?"}, {"from": "gpt", "value": ["this"]}]}
            {"image": "a.png", "conversations": [{"from": "gpt", "value": "<image>"}, "text"]}
            {"image": "a.png", "id": {}, "conversations": [{"from": "human", "value": "<image>\nWhich?"}, {"from": "gpt", "value": "\uDC00"}]}
            {"image": "a.png"}
            {"image": "a.png", "conversations": [{"from": "human", "from": "gpt", "value": "<image>\nWhich?"}, {"from": "gpt", "value": "this"}]}
            """);

        var result = await _folder.ImportAsync(ImportForm.VlHealth);

        _folder.AssertBad(
            result,
            ("y.jsonl", 1, "image must be a path or a list of paths"),
            ("y.jsonl", 2, "conversations is missing"),
            ("y.jsonl", 3, "value is [\"this\"], but must be text"),
            ("y.jsonl", 4, "conversations has turns from 'gpt, '"),
            ("y.jsonl", 5, "id is {}, but must be text or a number"),
            ("y.jsonl", 5, "half of a surrogate pair"),
            ("y.jsonl", 6, "conversations is missing"),
            ("y.jsonl", 7, "Duplicate property 'from'"),
            ("x.json", 1, "the answer is a picture's tokens"),
            ("x.json", 2, "the answer names no picture"),
            ("x.json", 3, "picture '/etc/hostname' lies outside"),
            ("x.json", 3, "picture '../b.png' lies outside"));
    }

    private static string Generation(string image, string question, string answer) =>
        $$"""[{"image": "{{image}}", "conversations": [{"from": "human", "value": "{{question}}"}, {"from": "gpt", "value": "{{answer}}"}]}]""";
}

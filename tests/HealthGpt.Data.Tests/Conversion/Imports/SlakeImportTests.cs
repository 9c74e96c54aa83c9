using HealthGpt.Data.Conversion.Imports;

namespace HealthGpt.Data.Tests.Conversion.Imports;

public sealed class SlakeImportTests : IDisposable
{
    private readonly ImportedFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Import_TakesTheEnglishQuestionsOfEverySplit_WithTheirKinds_AndLeavesPicturesWhereTheyAre()
    {
        WritePublished();

        var result = await _folder.ImportAsync(ImportForm.Slake);

        Assert.Equal(new ImportResult(_folder.Out, 2, 1, 1, 2, 0, 2, 0) { PassedOver = result.PassedOver }, result);
        var samples = _folder.Checked();
        Assert.Equal(["train", "train", "validation", "test"], samples.Select(sample => sample.Split));
        Assert.Equal(["Modality", "Organ", "Abnormality", null], samples.Select(sample => sample.QuestionKind));
        Assert.Equal([false, true, true, false], samples.Select(sample => sample.Closed));
        Assert.Equal(["MRI", "Yes", "No", "2"], samples.Select(sample => sample.Answer));
        Assert.Equal("<image>\nWhat modality is used to take this image?", samples[0].Question);
        Assert.Equal(Path.Combine(_folder.Source, "imgs", "xmlab0", "source.jpg"), samples[0].Images.Single());
        Assert.Equal(["dataset.yaml", "vqa.jsonl"], Directory.GetFileSystemEntries(_folder.Out).Select(Path.GetFileName).Order());

        // Both folders together are as good elsewhere.
        Assert.Contains("root: \"../source/imgs\"", File.ReadAllText(Path.Combine(_folder.Out, "dataset.yaml")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("zh", 1, 0, 1, "图中是什么器官？")]
    [InlineData("all", 3, 1, 2, "What modality is used to take this image?")]
    public async Task Import_TakesTheLanguageThatIsAskedFor(string language, int train, int validation, int test, string first)
    {
        WritePublished();

        var result = await _folder.ImportAsync(ImportForm.Slake, options => options with { Language = language, Task = "slake" });

        Assert.Equal((train, validation, test), (result.Train, result.Validation, result.Test));
        var sample = _folder.Checked()[0];
        Assert.Equal(("slake", $"<image>\n{first}"), (sample.Task, sample.Question));
    }

    [Fact]
    public async Task Import_NamesEveryBadRecord_AndMakesNothing_UnlessTheyAreSkipped()
    {
        WritePublished();
        Directory.CreateDirectory(_folder["elsewhere"]);
        File.Copy(Path.Combine(_folder.Source, "imgs/xmlab0/source.jpg"), _folder["elsewhere/a.jpg"]);
        File.CreateSymbolicLink(Path.Combine(_folder.Source, "imgs/link.jpg"), _folder["elsewhere/a.jpg"]);
        var good = File.ReadAllText(Path.Combine(_folder.Source, "train.json")).TrimEnd(']');
        var start = good.Split('\n').Length;
        string[] bad =
        [
            Row("../train.json"), Row(_folder["elsewhere/a.jpg"]), Row("link.jpg"), Row("xmlab9/source.jpg"),
            """{"img_name": ["xmlab0/source.jpg"], "question": "Which?", "answer": true, "q_lang": "en", "answer_type": "MAYBE"}""",
            """{"img_name": "xmlab0/source.jpg", "question": " ", "answer": "  ", "q_lang": "en", "answer_type": "OPEN"}""",
            """{"img_name": "xmlab0/source.jpg", "question": "Which?", "answer": "this", "answer": "that", "q_lang": "en", "answer_type": "OPEN"}""",
            """{"img_name": "xmlab0/source.jpg", "question": "Which <image>?", "answer": "this", "q_lang": "en", "answer_type": "OPEN"}""",
            """{"img_name": "xmlab0/source.jpg", "question": "Which?", "answer": "\uD800", "q_lang": "en", "answer_type": "OPEN"}""",
            """{"img_name": "xmlab0/source.jpg", "question": "Which?", "answer": null, "q_lang": "fr", "answer_type": "OPEN"}""",
            "17", "{\"question\": \"\u0001\"}", "{\"question\": \"~\"}",
        ];
        var text = System.Text.Encoding.UTF8.GetBytes(good + ",\n" + string.Join(",\n", bad) + "]");
        text[text.AsSpan().LastIndexOf((byte)'~')] = 0xFF;
        File.WriteAllBytes(Path.Combine(_folder.Source, "train.json"), text);
        (string, int, string) Of(int row, string reason) => ("train.json", start + row, reason);

        var result = await _folder.ImportAsync(ImportForm.Slake);

        _folder.AssertBad(
            result,
            Of(1, "picture '../train.json' lies outside the source's root"),
            Of(2, "a.jpg' lies outside the source's root"),
            Of(3, "picture 'link.jpg' leaves the source's root"),
            Of(4, "picture 'xmlab9/source.jpg' does not exist under"),
            Of(5, "img_name is [\"xmlab0/source.jpg\"], but must be text or a number"),
            Of(5, "answer is true, but must be text or a number"),
            Of(5, "answer_type is 'MAYBE', but must be OPEN or CLOSED"),
            Of(6, "the question is empty"),
            Of(6, "the answer is empty"),
            Of(7, "the record is not JSON (Duplicate property 'answer'"),
            Of(8, "the question has 2 <image> but the line has 1 pictures"),
            Of(9, "half of a surrogate pair"),
            Of(10, "q_lang is 'fr', but must be en or zh"),
            Of(10, "answer is missing"),
            Of(11, "the record is no JSON object"),
            Of(12, "the record is not JSON"),
            Of(13, "of the file is not UTF-8"));
        Assert.Equal((2, bad.Length), (result.Train, result.Bad));

        var skipped = await _folder.ImportAsync(ImportForm.Slake, options => options with { SkipBad = true });

        Assert.Equal((2, 1, 1, bad.Length), (skipped.Train, skipped.Validation, skipped.Test, skipped.Bad));
        Assert.Equal(["train", "train", "validation", "test"], _folder.Checked().Select(sample => sample.Split));
    }

    private static string Row(string image) => $$"""{"img_name": "{{image}}", "question": "Which?", "answer": "this", "q_lang": "en", "answer_type": "OPEN"}""";

    private void WritePublished()
    {
        _folder.WritePictures("imgs/xmlab0/source.jpg", "imgs/xmlab1/source.jpg");
        _folder.Write("train.json", """
            [{"img_id": 0, "img_name": "xmlab0/source.jpg", "question": "What modality is used to take this image?", "answer": "MRI", "q_lang": "en",
              "location": "Abdomen", "modality": "MRI", "answer_type": "OPEN", "base_type": "vqa", "content_type": "Modality", "triple": ["vhead", "_", "_"], "qid": 0},
             {"img_id": 0, "img_name": "xmlab0/source.jpg", "question": "图中是什么器官？", "answer": "肝脏", "q_lang": "zh", "answer_type": "OPEN", "content_type": "Organ", "qid": 7000},
             {"img_id": 1, "img_name": "xmlab1/source.jpg", "question": "Does the picture contain liver? ", "answer": "Yes", "q_lang": "en", "answer_type": "CLOSED ",
              "base_type": "vqa", "content_type": "Organ", "triple": ["vhead", "_", "_"], "qid": 10}]
            """);
        _folder.Write("validate.json", """
            [{"img_id": 1, "img_name": "xmlab1/source.jpg", "question": "Is it abnormal?", "answer": "No", "q_lang": "en", "answer_type": "CLOSED",
              "content_type": "Abnormality"}]
            """);
        _folder.Write("test.json", """
            [{"img_id": 1, "img_name": "xmlab1/source.jpg", "question": "有几个肾？", "answer": 2, "q_lang": "zh", "answer_type": "OPEN"},
             {"img_id": 1, "img_name": "xmlab1/source.jpg", "question": "How many kidneys?", "answer": 2, "q_lang": "en", "answer_type": "OPEN"}]
            """);
    }
}

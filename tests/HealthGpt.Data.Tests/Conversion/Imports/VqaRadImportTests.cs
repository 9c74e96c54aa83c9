using HealthGpt.Data.Conversion.Imports;

namespace HealthGpt.Data.Tests.Conversion.Imports;

public sealed class VqaRadImportTests : IDisposable
{
    private const string List = "VQA_RAD Dataset Public.json";

    private readonly ImportedFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Import_ReadsTheSplitOffThePhrases_AndNumbersAsAnswers()
    {
        _folder.WritePictures("VQA_RAD Image Folder/synpic54610.jpg", "VQA_RAD Image Folder/synpic29265.jpg");
        _folder.WriteRows(
            List,
            Row("Are regions of the brain infarcted?", "Yes", "CLOSED", "PRES", "freeform"),
            Row("How many lesions are there?", 4, "OPEN", "COUNT", "para"),
            Row("Is the mass on the left? ", "No ", "CLOSED ", "POS, PRES", "test_freeform"),
            Row("What is seen?", "a ring enhancing lesion", "OPEN", "ABN", "test_para"));

        var result = await _folder.ImportAsync(ImportForm.VqaRad);

        Assert.Equal((2, 0, 2, 2), (result.Train, result.Validation, result.Test, result.Closed));
        var samples = _folder.Checked();
        Assert.Equal(["train", "train", "test", "test"], samples.Select(sample => sample.Split));
        Assert.Equal(["PRES", "COUNT", "POS, PRES", "ABN"], samples.Select(sample => sample.QuestionKind));
        Assert.Equal([true, false, true, false], samples.Select(sample => sample.Closed));
        Assert.Equal(["Yes", "4", "No", "a ring enhancing lesion"], samples.Select(sample => sample.Answer));
    }

    [Fact]
    public async Task Import_NamesEveryBadRecord()
    {
        _folder.WritePictures("VQA_RAD Image Folder/synpic54610.jpg");
        _folder.WriteRows(
            List,
            Row("Which?", "this", "OPEN", "ABN", "later"),
            new { image_name = "synpic54610.jpg", question = "Which?", answer = "this" },
            Row("Which?", "", "OPEN", "ABN", "para", "synpic1.jpg"),
            Row("Which?", "this", "OPEN", 7, "para"));

        var result = await _folder.ImportAsync(ImportForm.VqaRad);

        _folder.AssertBad(
            result,
            (List, 1, "phrase_type is 'later', but must be freeform, para, test_freeform or test_para"),
            (List, 1, "answer_type is missing"),
            (List, 1, "phrase_type is missing"),
            (List, 1, "picture 'synpic1.jpg' does not exist"), (List, 1, "the answer is empty"));
        Assert.Equal((1, 3), (result.Train, result.Bad));
    }

    private static object Row(string question, object answer, string answerType, object questionType, string phrase, string image = "synpic54610.jpg") => new
    {
        qid = 1,
        phrase_type = phrase,
        qid_linked_id = "03f451ca-de62-4617-9679-e836026a7642",
        image_case_url = "https://medpix.nlm.nih.gov/case?id=48e1dd0e",
        image_name = image,
        image_organ = "HEAD",
        evaluation = "not evaluated",
        question,
        question_rephrase = "NULL",
        question_relation = "NULL",
        question_frame = "NULL",
        question_type = questionType,
        answer,
        answer_type = answerType,
    };
}

using HealthGpt.Data.Conversion.Imports;

namespace HealthGpt.Data.Tests.Conversion.Imports;

public sealed class OmniMedVqaImportTests : IDisposable
{
    private readonly ImportedFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Import_AsksForTheLetterOfTheOptionsThereAre()
    {
        _folder.WritePictures("Images/ACRIMA/Im553_g_ACRIMA.png", "Images/Chest CT Scan/test/1.png");
        _folder.WriteRows("QA_information/Open-access/Chest CT Scan.json", new
        {
            dataset = "Chest CT Scan",
            question_id = "Chest CT Scan_0000",
            question_type = "Disease Diagnosis",
            question = "Is there a cancer in this picture?",
            gt_answer = "no.",
            image_path = "Images/Chest CT Scan/test/1.png",
            option_A = "Yes",
            option_B = "No",
            option_D = (string?)null,
            modality = "CT(Computed Tomography)",
        });
        _folder.WriteRows("QA_information/Open-access/ACRIMA.json", new
        {
            dataset = "ACRIMA",
            question_id = "ACRIMA_0000",
            question_type = "Modality Recognition",
            question = "What imaging technique was employed to obtain this picture?",
            gt_answer = "Fundus imaging",
            image_path = "Images/ACRIMA/Im553_g_ACRIMA.png",
            option_A = "PET scan",
            option_B = "CT scan",
            option_C = "Blood test",
            option_D = "Fundus imaging",
            modality_type = "Fundus Photography",
        });
        _folder.Write("QA_information/Restricted-access/AIDA.json", "[]");

        var result = await _folder.ImportAsync(ImportForm.OmniMedVqa);

        Assert.Equal((0, 0, 2, 2), (result.Train, result.Validation, result.Test, result.Closed));
        var samples = _folder.Checked();
        Assert.Equal(["D", "B"], samples.Select(sample => sample.Answer));
        Assert.Equal(["Modality Recognition", "Disease Diagnosis"], samples.Select(sample => sample.QuestionKind));
        Assert.All(samples, sample => Assert.True(sample.Closed));
        Assert.Equal(
            "<image>\nWhat imaging technique was employed to obtain this picture?\nA. PET scan\nB. CT scan\nC. Blood test\nD. Fundus imaging\n"
            + "Answer with the option's letter from the given choices directly.", samples[0].Question);
        Assert.Equal("<image>\nIs there a cancer in this picture?\nA. Yes\nB. No\nAnswer with the option's letter from the given choices directly.", samples[1].Question);
    }

    [Fact]
    public async Task Import_NamesEveryBadRecord()
    {
        _folder.WritePictures("Images/a.png");
        _folder.Write("QA_information/Open-access/X.json", """
            [{"question": "Which?", "gt_answer": "this", "image_path": "Images/a.png", "option_A": "this"},
             {"question": "Which?", "gt_answer": "third", "image_path": "Images/a.png", "option_A": "this", "option_B": "that"},
             {"question": "Which?", "image_path": "Images/b.png", "option_A": "this", "option_B": "that"},
             {"question": "", "gt_answer": "this", "image_path": "../out.png", "option_A": "this", "option_B": 7},
             {"question": "Which?", "gt_answer": "this", "image_path": "Images/a.png", "option_A": "this", "option_B": {}}
            """);

        var result = await _folder.ImportAsync(ImportForm.OmniMedVqa);

        _folder.AssertBad(
            result,
            ("X.json", 1, "the question has 1 options"),
            ("X.json", 2, "gt_answer is 'third', which is none of the options"),
            ("X.json", 3, "gt_answer is missing"),
            ("X.json", 4, "picture '../out.png' lies outside"),
            ("X.json", 4, "the question is empty"),
            ("X.json", 5, "option_B is {}, but must be text or a number"),
            ("X.json", 5, "the question has 1 options"),
            ("X.json", 5, "the list has no ']' at its end"));
    }
}

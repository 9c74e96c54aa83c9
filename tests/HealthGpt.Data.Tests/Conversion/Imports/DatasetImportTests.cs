using HealthGpt.Data.Conversion;
using HealthGpt.Data.Conversion.Imports;
using HealthGpt.Data.Samples;

namespace HealthGpt.Data.Tests.Conversion.Imports;

/// <summary>What all forms have in common.</summary>
public sealed class DatasetImportTests : IDisposable
{
    private readonly ImportedFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string, string> Expectations { get; } = new()
    {
        { "vl-health", "vl-health is published as lists (.json or .jsonl) of samples with conversations" },
        { "vqa-rad", "vqa-rad is published as 'VQA_RAD Dataset Public.json' beside a folder 'VQA_RAD Image Folder'" },
        { "slake", "slake is published as train.json, validation.json and test.json beside a folder imgs" },
        { "path-vqa", "path-vqa is published as qas/train/train_qa.pkl" },
        { "omnimedvqa", "omnimedvqa is published as lists in QA_information/Open-access/*.json" },
    };

    [Theory]
    [MemberData(nameof(Expectations))]
    public async Task Import_OfAnotherFolder_SaysWhatIsExpectedAndWhatIsThere(string name, string expected)
    {
        _folder.Write("imgs.zip", "packed");
        var form = ImportForm.All.Single(known => known.Name == name);

        var error = await Assert.ThrowsAsync<ConversionException>(() => _folder.ImportAsync(form));
        var nothing = await Assert.ThrowsAsync<ConversionException>(() => _folder.ImportAsync(form, options => options with { Source = _folder["none"] }));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Contains("the folder holds 'imgs.zip'; unpack what is packed", error.Message, StringComparison.Ordinal);
        Assert.Contains("there is no such folder", nothing.Message, StringComparison.Ordinal);
        _folder.AssertNothingMade();
    }

    /// <summary>Its pictures alone would make a dataset that nobody asked for, and its records a line for every key.</summary>
    [Theory]
    [InlineData("vqa-rad", "VQA_RAD Dataset Public.json", "VQA_RAD Image Folder/a.png")]
    [InlineData("slake", "train.json", "imgs/a.png")]
    [InlineData("omnimedvqa", "QA_information/Open-access/ACRIMA.json", "Images/a.png")]
    [InlineData("path-vqa", "qas/list.json", "images/train/a.png")]
    [InlineData("vl-health", "Alignment/comprehension/train_data.json", "images/a.png")]
    public async Task APublishedDataset_GivenAsADatasetOrAsScans_IsNamedWithTheCommandThatImportsIt(string form, string list, string picture)
    {
        _folder.WriteRows(list, new { question = "What?", answer = "That." });
        _folder.WritePictures(picture);
        var command = $"make a dataset of it with: healthgpt data convert --import {form} ";

        var asDataset = Assert.Throws<DatasetException>(() => Dataset.Load(_folder.Source));
        var asScans = await Assert.ThrowsAsync<ConversionException>(() =>
            SeriesConversion.RunAsync(new SeriesConversionOptions { Source = _folder.Source, OutputFolder = _folder.Out }, TestContext.Current.CancellationToken));
        var asSamples = Assert.Throws<DatasetException>(() => Dataset.Load(Path.Combine(_folder.Source, list)));

        Assert.Contains(command + _folder.Source, Assert.Single(asDataset.Problems), StringComparison.Ordinal);
        Assert.Contains(command + _folder.Source, asScans.Message, StringComparison.Ordinal);
        Assert.Contains("its records have a question and no conversations, as in published datasets", Assert.Single(asSamples.Problems), StringComparison.Ordinal);
        _folder.AssertNothingMade();

        // The pictures by themselves are scans like any others.
        var options = new SeriesConversionOptions { Source = Path.Combine(_folder.Source, picture.Split('/')[0]), OutputFolder = _folder.Out };
        Assert.Equal(1, (await SeriesConversion.RunAsync(options, TestContext.Current.CancellationToken)).Pictures);
    }

    [Fact]
    public async Task Import_WithoutPictures_OrSplits_OrFreePlace_IsRefused()
    {
        _folder.Write("train.json", "[]");
        async Task Refused(ImportForm form, string said, Func<ImportOptions, ImportOptions>? with = null) =>
            Assert.Contains(said, (await Assert.ThrowsAsync<ConversionException>(() => _folder.ImportAsync(form, with))).Message, StringComparison.Ordinal);

        await Refused(ImportForm.Slake, "has no folder imgs; slake is published as");
        await Refused(ImportForm.Slake, "the folder of pictures is '/none'; there is no such folder", options => options with { Images = "/none" });
        await Refused(ImportForm.Slake, "the task is 'No Name'", options => options with { Task = "No Name" });
        Directory.CreateDirectory(Path.Combine(_folder.Source, "imgs"));
        await Refused(ImportForm.Slake, "no sample is left; of 0 records 0 are bad");
        _folder.CopyFile("train-00000-of-00001.parquet", "data/0000.parquet");
        await Refused(ImportForm.PathVqa, "'data/0000.parquet' has none of the words train, validation and test");
        await Refused(ImportForm.PathVqa, "a folder of pictures is given", options => options with { Images = _folder.Source });
        _folder.AssertNothingMade();

        Directory.CreateDirectory(_folder.Out);
        File.WriteAllText(Path.Combine(_folder.Out, "mine.txt"), "kept");
        await Refused(ImportForm.Slake, "holds files, which an import never replaces");
        Assert.Equal(["mine.txt"], Directory.GetFileSystemEntries(_folder.Out).Select(Path.GetFileName));
    }

    [Fact]
    public async Task Import_ThatIsStopped_LeavesNothing()
    {
        _folder.WritePictures("imgs/a.png");
        var row = new { img_name = "a.png", question = "Which?", answer = "", q_lang = "en", answer_type = "OPEN" };
        _folder.WriteRows("train.json", [.. Enumerable.Repeat(row, 10)]);
        using var stop = new CancellationTokenSource();
        var told = new List<DatasetProblem>();
        void StopAtThird(DatasetProblem problem)
        {
            told.Add(problem);
            if (told.Count == 3)
                stop.Cancel();
        }

        var options = new ImportOptions { Form = ImportForm.Slake, Source = _folder.Source, OutputFolder = _folder.Out, SkipBad = true };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => DatasetImport.RunAsync(options, StopAtThird, stop.Token));

        Assert.Equal(3, told.Count);
        _folder.AssertNothingMade();
    }
}

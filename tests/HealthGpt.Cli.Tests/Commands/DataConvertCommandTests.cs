using System.Text.Json;
using HealthGpt.Data.Images;
using HealthGpt.Data.Samples;

namespace HealthGpt.Cli.Tests.Commands;

public sealed class DataConvertCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Convert_AVolume_MakesADataset_AndSaysHowLarge()
    {
        var run = await CommandLine.RunAsync(
            "data", "convert", WriteVolume("scan.nii"), "--out", _folder["made"], "--plane", "coronal", "--spacing", "2", "--size", "16",
            "--window", "10,20", "--task", "plane", "--question", "Which plane is this?", "--answer", "coronal", "--json");

        Assert.Equal((ExitCodes.Done, ""), (run.ExitCode, run.Error));
        using var document = JsonDocument.Parse(run.Output);
        Assert.Equal(2, document.RootElement.GetProperty("pictures").GetInt32());
        var samples = Dataset.Load(Path.Combine(_folder["made"], "dataset.yaml")).Select("plane", "train");
        Assert.Equal(["coronal", "coronal"], samples.Select(sample => sample.Answer));
    }

    [Theory]
    [InlineData("--plane", "axail", "--plane is 'axail'; did you mean 'axial'?")]
    [InlineData("--window", "wide", "--window is 'wide'; it must be lung, bone, brain, soft-tissue, percentile or LEVEL,WIDTH")]
    [InlineData("--window", "40,0", "--window is '40,0'; it must be")]
    [InlineData("--spacing", "-1", "--spacing is '-1'; it must be millimetres above 0")]
    [InlineData("--size", "0", "--size is '0'; it must be a whole number from 1 to 16384")]
    [InlineData("--task", "vqa", "--question is missing")]
    [InlineData("--pairs", "ixy", "--pairs is 'ixy'; did you mean 'ixi'?")]
    [InlineData("--pairs", "ixi", "--task is ''; --pairs ixi makes pairs for super-resolution")]
    [InlineData("--validation", "1", "--validation is '1'; it must be a share from 0 to below 1")]
    [InlineData("--seed", "1", "--seed is given; only pairs of many patients need it")]
    [InlineData("--import", "slak", "--import is 'slak'; did you mean 'slake'?")]
    [InlineData("--language", "de", "--language is 'de'; it must be en, zh or all")]
    [InlineData("--images", "pictures", "--images is given; only published datasets need it")]
    public async Task Convert_AWrongArgument_IsNamed_AndMakesNothing(string option, string value, string said)
    {
        var run = await CommandLine.RunAsync("data", "convert", WriteVolume("scan.nii"), "--out", _folder["made"], option, value);

        Assert.Equal(ExitCodes.WrongArguments, run.ExitCode);
        Assert.Contains(said, run.Error, StringComparison.Ordinal);
        Assert.Contains("usage: healthgpt data convert SOURCE --out DIR", run.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["made"]));
    }

    [Theory]
    [InlineData("--answer is given; the answers of --pairs are pictures", "ixi", "super-resolution", "--answer", "yes")]
    [InlineData("--series is given; --pairs takes the files of a folder, and no series of a server", "ixi", "super-resolution", "--series", "2")]
    [InlineData("--timeout is given; --pairs takes the files of a folder", "ixi", "super-resolution", "--timeout", "9")]
    [InlineData("--factor is given; --pairs synthrad2023 takes its pairs as they are", "synthrad2023", "ct-to-mri", "--factor", "2")]
    public async Task ConvertToPairs_WithAnOptionOfSomethingElse_SaysSo(string said, string form, string task, string option, string value)
    {
        var run = await CommandLine.RunAsync("data", "convert", _folder.Path, "--out", _folder["made"], "--pairs", form, "--task", task, option, value);

        Assert.Equal(ExitCodes.WrongArguments, run.ExitCode);
        Assert.Contains(said, run.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["made"]));
    }

    [Fact]
    public async Task Convert_ADamagedVolume_ExitsWith78()
    {
        var run = await CommandLine.RunAsync("data", "convert", _folder.Write("scan.nii", "no volume"), "--out", _folder["made"]);

        Assert.Equal(ExitCodes.WrongFile, run.ExitCode);
        Assert.Contains("scan.nii': it ends at byte 9 inside its header", run.Error, StringComparison.Ordinal);
        var cut = await CommandLine.RunAsync("data", "convert", _folder.Write("cut.dcm", new string(' ', 100)), "--out", _folder["made"]);
        Assert.Equal(ExitCodes.WrongFile, cut.ExitCode);
    }

    [Fact]
    public async Task Convert_APublishedDataset_NamesItsBadSamples_ExitsWith78_AndLeavesThemOutWhenAsked()
    {
        Directory.CreateDirectory(_folder["slake/imgs"]);
        new RgbImage(8, 4, new byte[8 * 4 * 3]).SavePng(_folder["slake/imgs/a.png"]);
        var list = _folder.Write("slake/test.json", """
            [{"img_name": "a.png", "question": "Which organ?", "answer": "liver", "q_lang": "en", "answer_type": "OPEN"},
             {"img_name": "b.png", "question": "Which organ?", "answer": "liver", "q_lang": "en", "answer_type": "OPEN"},
             {"img_name": "a.png", "question": "什么器官？", "answer": "肝", "q_lang": "zh", "answer_type": "OPEN"}]
            """);
        string[] arguments = ["data", "convert", "--import", "slake", _folder["slake"], "--out", _folder["made"]];

        var refused = await CommandLine.RunAsync(arguments);
        var skipped = await CommandLine.RunAsync([.. arguments, "--skip-bad", "--json"]);
        var wrong = await CommandLine.RunAsync([.. arguments, "--plane", "axial"]);

        Assert.Equal((ExitCodes.WrongFile, ""), (refused.ExitCode, refused.Error));
        Assert.StartsWith($"{list}:2: picture 'b.png' does not exist", refused.Output, StringComparison.Ordinal);
        Assert.Contains("2 samples, 1 bad; nothing was made; correct them, or leave them out with --skip-bad", refused.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Done, skipped.ExitCode);
        using var summary = JsonDocument.Parse(skipped.Output.Trim().Split('\n')[^1]);
        Assert.Equal((1, 1, 1), (Number("test"), Number("bad"), Number("otherLanguage")));
        Assert.Equal("liver", Assert.Single(Dataset.Load(Path.Combine(_folder["made"], "dataset.yaml")).Samples).Answer);
        Assert.Equal(ExitCodes.WrongArguments, wrong.ExitCode);
        Assert.Contains("--plane is given; a published dataset is taken as it is", wrong.Error, StringComparison.Ordinal);

        int Number(string name) => summary.RootElement.GetProperty(name).GetInt32();
    }

    /// <summary>A NIfTI-1 volume of 4 x 3 x 2 bytes, 1 mm each.</summary>
    private string WriteVolume(string name)
    {
        using var file = new BinaryWriter(File.Create(_folder[name]));
        file.Write(348);
        file.Seek(40, SeekOrigin.Begin);
        foreach (short extent in (short[])[3, 4, 3, 2, 1, 1, 1, 1])
            file.Write(extent);
        file.Seek(70, SeekOrigin.Begin);
        file.Write((short)2);
        file.Write((short)8);
        file.Seek(108, SeekOrigin.Begin);
        file.Write(352f);
        file.Seek(344, SeekOrigin.Begin);
        file.Write("n+1\0"u8);
        file.Write(new byte[4]);
        for (byte i = 0; i < 24; i++)
            file.Write(i);
        return _folder[name];
    }
}

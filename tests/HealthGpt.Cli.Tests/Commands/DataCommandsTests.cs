using System.Text.Json;
using HealthGpt.Data.Images;

namespace HealthGpt.Cli.Tests.Commands;

public sealed class DataCommandsTests : IDisposable
{
    private const string Good = """{"image":"a.png","conversations":[{"from":"human","value":"<image>\nWhat?"},{"from":"gpt","value":"A slice."}]}""";

    private readonly TemporaryFolder _folder = new();

    public DataCommandsTests() => new RgbImage(3, 2, new byte[18]).SavePng(_folder["a.png"]);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Check_OfAGoodDataset_SaysSo()
    {
        var run = await CommandLine.RunAsync("data", "check", _folder.Write("vqa.jsonl", Good));

        Assert.Equal(ExitCodes.Done, run.ExitCode);
        Assert.Contains("1 samples, 0 bad", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_SaysWhereASampleStands_ThatLogsCallByItsNumber_AlsoOfABadOne()
    {
        var samples = _folder.Write("vqa.jsonl", $"{Good}\n\nno\n");

        var second = await CommandLine.RunAsync("data", "check", samples, "--sample", "2");
        var third = await CommandLine.RunAsync("data", "check", samples, "--sample", "3");

        Assert.Equal((ExitCodes.Done, $"{samples}:3"), (second.ExitCode, second.Output.TrimEnd()));
        Assert.Equal(ExitCodes.WrongFile, third.ExitCode);
        Assert.Contains("it has 2 samples", third.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_OfABadDataset_NamesEachProblem_AndExitsWith78()
    {
        var samples = _folder.Write("vqa.jsonl", $"{Good}\n{Good.Replace("a.png", "b.png", StringComparison.Ordinal)}\nno\n");

        var text = await CommandLine.RunAsync("data", "check", samples);
        var json = await CommandLine.RunAsync("data", "check", samples, "--json");

        Assert.Equal((ExitCodes.WrongFile, ExitCodes.WrongFile), (text.ExitCode, json.ExitCode));
        Assert.StartsWith($"{samples}:2: picture 'b.png' does not exist", text.Output, StringComparison.Ordinal);
        Assert.Contains($"{samples}:3: the line is not JSON", text.Output, StringComparison.Ordinal);
        Assert.EndsWith("3 samples, 2 bad", text.Output.TrimEnd(), StringComparison.Ordinal);
        var lines = json.Output.TrimEnd().Split('\n').Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal([2, 3], lines.Take(2).Select(line => line.GetProperty("line").GetInt32()));
        Assert.Equal(2, lines[2].GetProperty("bad").GetInt32());
    }

    [Fact]
    public async Task Stats_CountsByTaskAndSplit_LeavesBadSamplesOut_AndDrawsThem()
    {
        var samples = _folder.Write("vqa.jsonl", $$"""
            {{Good}}
            {"image":["a.png","a.png"],"conversations":[{"from":"human","value":"<image><image>\nSame one?"},{"from":"gpt","value":"yes, it is"},{"from":"human","value":"Sure?"},{"from":"gpt","value":"yes"}],"split":"test"}
            no
            """);

        var text = await CommandLine.RunAsync("data", "stats", samples, "--out", _folder["stats.png"]);
        var json = await CommandLine.RunAsync("data", "stats", samples, "--json");

        Assert.Equal(ExitCodes.Done, text.ExitCode);
        Assert.Matches(@"vqa +train +1 +1\.00 +1 1 1 +2 2 2 +1\.00 +3 3 3 +2 2 2", text.Output);
        Assert.Matches(@"vqa +test +1 +2\.00 +1 2 2 +1 3 3 +2\.00 +3 3 3 +2 2 2", text.Output);
        Assert.Contains("1 samples cannot be read", text.Error, StringComparison.Ordinal);
        var groups = JsonDocument.Parse(json.Output).RootElement.GetProperty("groups");
        Assert.Equal(("test", 2), (groups[1].GetProperty("split").GetString(), groups[1].GetProperty("turns").GetProperty("most").GetInt32()));
        Assert.Equal((1200, 276), (RgbImage.Load(_folder["stats.png"]).Width, RgbImage.Load(_folder["stats.png"]).Height));
    }

    [Fact]
    public async Task Stats_ShortensALongTasksName_SoThatItEndsBeforeTheNextPanel()
    {
        var samples = _folder.Write($"{new string('w', 64)}.jsonl", """{"conversations":[{"from":"human","value":"Q"},{"from":"gpt","value":"A"}]}""");

        var run = await CommandLine.RunAsync("data", "stats", samples, "--out", _folder["stats.png"]);

        Assert.Equal(ExitCodes.Done, run.ExitCode);
        var picture = RgbImage.Load(_folder["stats.png"]);
        bool IsWhite(int x, int y) => picture.Pixels.AsSpan(3 * ((y * picture.Width) + x), 3).IndexOfAnyExcept((byte)255) < 0;
        Assert.All(Enumerable.Range(60, 30), y => Assert.All(Enumerable.Range(378, 44), x => Assert.True(IsWhite(x, y), $"there is ink at {x}, {y}")));
        Assert.Contains(Enumerable.Range(330, 40), x => !IsWhite(x, 74));
    }

    [Fact]
    public async Task Stats_SaysOfHowManySamplesAPictureCannotBeRead()
    {
        _folder.Write("text.png", "no picture");
        var samples = _folder.Write("vqa.jsonl", """{"image":"text.png","conversations":[{"from":"human","value":"<image>\nQ"},{"from":"gpt","value":"A"}]}""");

        var run = await CommandLine.RunAsync("data", "stats", samples);

        Assert.Equal(ExitCodes.Done, run.ExitCode);
        Assert.Contains("1 samples count although a picture of theirs cannot be read", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stats_DrawsIntoNothingButPngs_AndNamesAFileWithoutSamples()
    {
        var samples = _folder.Write("vqa.jsonl", """{"conversations":[{"from":"human","value":"Q"},{"from":"gpt","value":"A"}]}""");
        var before = await File.ReadAllTextAsync(samples, TestContext.Current.CancellationToken);

        var overwriting = await CommandLine.RunAsync("data", "stats", samples, "--out", samples);
        var empty = await CommandLine.RunAsync("data", "stats", _folder.Write("none.json", "[]"));

        Assert.Equal((ExitCodes.WrongArguments, ""), (overwriting.ExitCode, overwriting.Output));
        Assert.Contains("its name must end in .png", overwriting.Error, StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllTextAsync(samples, TestContext.Current.CancellationToken));
        Assert.Equal((ExitCodes.WrongFile, ""), (empty.ExitCode, empty.Output));
        Assert.Contains("none.json: it has no sample", empty.Error, StringComparison.Ordinal);
    }
}

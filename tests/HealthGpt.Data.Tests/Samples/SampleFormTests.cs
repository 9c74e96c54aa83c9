using HealthGpt.Data.Samples;

namespace HealthGpt.Data.Tests.Samples;

public sealed class SampleFormTests : IDisposable
{
    private const string Conversation = """[{"from":"human","value":"<image>\nWhat?"},{"from":"gpt","value":"]}, \"{[\\"}]""";

    private readonly TemporaryFolder _folder = new();

    public SampleFormTests()
    {
        _folder.Write("a.png", "a");
        _folder.Write("b.png", "b");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_AJsonListAndItsLines_GivesEqualSamplesAtTheirOwnLines()
    {
        var filler = new string('x', 400_000);
        string[] samples = [.. Enumerable.Range(0, 9).Select(n => $$"""{"id":"{{n}}{{filler}}","image":"{{"ab"[n % 2]}}.png","conversations":{{Conversation}},"split":"{{(n < 6 ? "train" : "test")}}"}""")];
        var lines = Dataset.Load(_folder.Write("vqa.jsonl", "\uFEFF" + string.Join("\r\n\n", samples)));
        var list = Dataset.Load(_folder.Write("vqa.json", "\uFEFF\n[\n" + string.Join(",\n", samples.Select(sample => sample.Replace(",\"con", ",\n\"con", StringComparison.Ordinal))) + "\n]\n"));

        Assert.Equal(6, lines.Select("vqa", "train").Count);
        Assert.Equal(3, list.Select("vqa", "test").Count);
        Assert.Equal(lines.Samples.Select(Shown), list.Samples.Select(Shown));
        Assert.Equal("]}, \"{[\\", list.Samples[0].Answer);
        Assert.Equal([1, 3, 5], lines.Samples.Take(3).Select(LineOf));
        Assert.Equal([3, 5, 7], list.Samples.Take(3).Select(LineOf));
    }

    [Fact]
    public void Load_BareSamplesWhoseAnswersArePictures_IsGeneration()
    {
        var dataset = Dataset.Load(_folder.Write("draw.jsonl", """{"image":"a.png","conversations":[{"from":"human","value":"<image>\nSharpen."},{"from":"gpt","value":"b.png"}]}"""));

        Assert.Equal(TaskKind.Generation, dataset.Tasks["draw"].Kind);
        Assert.Equal(Path.Combine(_folder.Path, "b.png"), Assert.Single(dataset.Select("draw", "train")).AnswerImage);
    }

    [Theory]
    [InlineData("[{}", "1: the list has no ']' at its end")]
    [InlineData("[\n{}, {", "2: the file ends within the sample")]
    [InlineData("[]\n{}", "2: there is more after the list's ']'")]
    [InlineData("[{}\n{}]", "2: there is no ',' before the sample")]
    [InlineData("[{},\n,{}]", "2: there is a ',' too many before ','")]
    [InlineData("[{},\n]", "2: there is a ',' too many before ']'")]
    [InlineData("[1,\n\"a,b\"]", "2: the line is no JSON object")]
    [InlineData("[{\"image\":1]\n,{}]", "1: the line is not JSON")]
    [InlineData("[{\"image\":1]\n,{}]", "2: conversations is missing")]
    [InlineData("[{\"id\":\"a},\n{}]", "1: a text in the sample has no closing quote on its line, so that the samples behind it cannot be told apart")]
    [InlineData("{\"id\":1,\"id\":2}", "1: the line is not JSON (Duplicate property 'id'")]
    [InlineData("{\"id\":\"\\ud800\",\"kind\":\"\\ud800\"}", "1: a text has half of a surrogate pair")]
    public void Load_NamesTheLineOfABrokenList(string text, string problem)
    {
        var path = _folder.Write("vqa.json", text);

        var problems = Assert.Throws<DatasetException>(() => Dataset.Load(path)).Problems;

        Assert.Contains(problems, found => found.StartsWith($"{path}:{problem}", StringComparison.Ordinal));
    }

    [Fact]
    public void Load_SaysEachFaultOnce_AndTakesAFileForWhatItsNameSays()
    {
        string[] lines =
        [
            "[1]", "\uFEFF{}", "{\"image\":a}", "{\"image\":\"a.png\"}", "{\"image\":5,\"conversations\":" + Conversation + "}",
            """{"image":"a.png","conversations":[{"from":"human","value":""},{"from":"gpt","value":"x"}]}""",
        ];
        var path = _folder.Write("vqa.jsonl", string.Join('\n', lines));

        var problems = Assert.Throws<DatasetException>(() => Dataset.Load(path)).Problems;

        string[] said =
        [
            "1: the line is no JSON object; in .jsonl a line is a sample; name a file that is one list .json", "2: the line is not JSON ('0xEF' is an invalid start of a value, at its byte 1); it begins with a byte order mark",
            "3: the line is not JSON ('a' is an invalid start of a value, at its byte 10)", "4: conversations is missing", "5: image must be a path", "6: the question is empty and task 'vqa' has no prompt",
        ];
        Assert.Equal(said.Length, problems.Count);
        Assert.All(said.Zip(problems), pair => Assert.StartsWith($"{path}:{pair.First}", pair.Second, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("{\n  \"data\": [\n    {}\n  ]\n}\n", "1: the file is one object over several lines; it must be one list of samples, or a sample a line")]
    [InlineData("[[{}]]", "1: the line is no JSON object; it is a list in a list")]
    [InlineData("[" + "{\"conversations\":[{\"from\":\"human\",\"value\":\"Q\"},{\"from\":\"gpt\",\"value\":\" \"}]}]", "1: the answer is empty")]
    public void Load_OfWhatIsNearlyAList_SaysWhatIsWrongOnce(string json, string said)
    {
        var path = _folder.Write("vqa.json", json);

        var problem = Assert.Single(Assert.Throws<DatasetException>(() => Dataset.Load(path)).Problems);

        Assert.StartsWith($"{path}:{said}", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_NamesALineWithoutEndAndGoesOnBehindIt()
    {
        var path = _folder.Write("vqa.jsonl", $"{{}}\n{new string('x', 40_000_000)}\nnot json\n");

        var problems = Assert.Throws<DatasetException>(() => Dataset.Load(path)).Problems;

        Assert.Contains(problems, found => found.StartsWith($"{path}:2: the line is longer than", StringComparison.Ordinal));
        Assert.StartsWith($"{path}:3: the line is not JSON", problems[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void Load_NamesTheByteThatIsNotUtf8()
    {
        var path = Path.Combine(_folder.Path, "vqa.jsonl");
        File.WriteAllBytes(path, [.. "{\"id\":\"é"u8, 0xFF, .. "\"}\n"u8]);

        var problem = Assert.Single(Assert.Throws<DatasetException>(() => Dataset.Load(path)).Problems);

        Assert.Contains(":1: byte 9 of the file is not UTF-8", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_RefusesPicturesThatLeaveTheirRootByLinks()
    {
        using var outside = new TemporaryFolder();
        outside.Write("x.png", "x");
        var root = Directory.CreateDirectory(Path.Combine(_folder.Path, "images")).FullName;
        File.WriteAllText(Path.Combine(root, "real.png"), "r");
        File.CreateSymbolicLink(Path.Combine(root, "inside.png"), "real.png");
        File.CreateSymbolicLink(Path.Combine(root, "file.png"), Path.Combine(outside.Path, "x.png"));
        Directory.CreateSymbolicLink(Path.Combine(root, "folder"), outside.Path);
        File.CreateSymbolicLink(Path.Combine(root, "back.png"), "../a.png");
        File.CreateSymbolicLink(Path.Combine(root, "loop.png"), "loop.png");
        string[] names = ["real.png", "inside.png", "file.png", "folder/x.png", "back.png", "loop.png", "../a.png", "a\\u0000.png", ""];
        _folder.Write("vqa.jsonl", string.Join('\n', names.Select(name => $$"""{"image":"{{name}}","conversations":{{Conversation}}}""")));
        var dataset = _folder.Write("dataset.yaml", "{ sources: [{ samples: vqa.jsonl, root: images, task: vqa }], tasks: { vqa: { kind: comprehension } } }");

        var problems = Assert.Throws<DatasetException>(() => Dataset.Load(dataset)).Problems;

        string[] reasons = ["3: picture 'file.png' leaves", "4: picture 'folder/x.png' leaves", "5: picture 'back.png' leaves", $"6: picture 'loop.png' cannot be looked at (the links of '{Path.Combine(root, "loop.png")}' lead in a circle)", "7: picture '../a.png' lies outside", "8: a picture's name is 'a .png', which is none", "9: a picture's name is '', which is none"];
        Assert.Equal(reasons.Length, problems.Count);
        Assert.All(reasons.Zip(problems), pair => Assert.Contains($":{pair.First}", pair.Second, StringComparison.Ordinal));
    }

    private static string Shown(Sample sample) => $"{sample.Split} {string.Join(' ', sample.Images)} {sample.Question} {sample.Answer}";

    private static int LineOf(Sample sample) => int.Parse(sample.Source.AsSpan(sample.Source.LastIndexOf(':') + 1), System.Globalization.CultureInfo.InvariantCulture);
}

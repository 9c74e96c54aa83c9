using HealthGpt.Data.Samples;

namespace HealthGpt.Data.Tests.Samples;

public sealed class DatasetTests : IDisposable
{
    private const string Good = """
        sources:
          - { samples: vqa.jsonl, root: images/, task: vqa, split: part }
          - { samples: draw.jsonl, root: images/, task: draw, split: validation, weight: 0.5 }
        tasks:
          vqa: { kind: comprehension }
          draw: { kind: generation, prompt: "Draw it." }
        """;

    private readonly TemporaryFolder _folder = new();

    public DatasetTests()
    {
        _folder.Write("images/a.png", "a");
        _folder.Write("images/b.png", "b");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_ReadsQuestionsPicturesAndSplits()
    {
        _folder.Write("vqa.jsonl", """
            {"id":"1","image":["a.png","b.png"],"conversations":[{"from":"human","value":"<image>\n<image>\nSame?"},{"from":"gpt","value":"no"}],"kind":"pair","closed":true,"part":"train"}

            {"image":"b.png","conversations":[{"from":"human","value":"<image>\nWhat?"},{"from":"gpt","value":"b"},{"from":"human","value":"Sure?"},{"from":"gpt","value":"yes"}],"part":"test"}
            """);
        _folder.Write("draw.jsonl", """
            {"image":"a.png","conversations":[{"from":"human","value":""},{"from":"gpt","value":"b.png"}]}
            """);
        var dataset = Dataset.Load(_folder.Write("dataset.yaml", Good));

        var pair = Assert.Single(dataset.Select("vqa", "train"));
        Assert.Equal([PathOf("a.png"), PathOf("b.png")], pair.Images);
        Assert.Equal(("no", null, "pair", true), (pair.Answer, pair.AnswerImage, pair.QuestionKind, pair.Closed));
        Assert.Empty(pair.FollowUps);
        var conversation = Assert.Single(dataset.Select("vqa", "test"));
        Assert.EndsWith("vqa.jsonl:3", conversation.Source, StringComparison.Ordinal);
        Assert.Equal([new Turn("Sure?", "yes")], conversation.FollowUps);
        var drawn = Assert.Single(dataset.Select("draw", "validation"));
        Assert.Equal(("<image>\nDraw it.", null, PathOf("b.png"), 0.5), (drawn.Question, drawn.Answer, drawn.AnswerImage, drawn.Weight));
        Assert.Equal(TaskKind.Generation, dataset.Tasks["draw"].Kind);
        Assert.Contains("did you mean 'draw'", Assert.Throws<ArgumentException>(() => dataset.Select("drew", "train")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_ListsEveryProblemOfEveryLine()
    {
        _folder.Write("outside.png", "x");
        _folder.Write("vqa.jsonl", """
            not json
            {"image":"../outside.png","conversations":[{"from":"human","value":"<image>\nQ"},{"from":"gpt","value":"A"}],"part":"train"}
            {"image":"none.png","conversations":[{"from":"human","value":"Q"},{"from":"gpt","value":""}],"part":"later","closd":1}
            {"image":"a.png","conversations":[{"from":"gpt","value":"A"}],"part":"train"}
            {"image":"a.png","conversations":[{"from":"human","value":"<image>"},{"from":"gpt","value":"A"}],"part":"train"}
            {"image":"a.png","conversations":[{"from":"human","value":"<image>\nQ"},{"from":"gpt","value":"A"},{"from":"human","value":"<image>\nB?"},{"from":"gpt","value":""},{"from":"human","value":" "},{"from":"gpt","value":"C"}],"part":"train"}
            {"image":"a.png","conversations":[{"from":"human","value":"<image>\nQ"},{"from":"gpt","value":"A"},{"from":"human","value":"B?"}],"part":"train"}
            """);
        _folder.Write("draw.jsonl", """
            {"conversations":[{"from":"human","value":"Q"},{"from":"gpt","value":"/etc/hostname"}]}
            {"image":"a.png","conversations":[{"from":"human","value":"<image>\nQ"},{"from":"gpt","value":"a.png"},{"from":"human","value":"Again."},{"from":"gpt","value":"b.png"}]}
            """);
        var problems = Problems(Good);
        string[] expected =
        [
            "vqa.jsonl:1: the line is not JSON",
            "vqa.jsonl:2: picture '../outside.png' lies outside",
            "vqa.jsonl:3: picture 'none.png' does not exist",
            "vqa.jsonl:3: the question has 0 <image> but the line has 1 pictures",
            "vqa.jsonl:3: the answer is empty",
            "vqa.jsonl:3: part is 'later', but must be train, validation or test",
            "vqa.jsonl:3: unknown key 'closd'; did you mean 'closed'?",
            "vqa.jsonl:4: conversations has turns from 'gpt'",
            "vqa.jsonl:5: the question is empty and task 'vqa' has no prompt",
            "vqa.jsonl:6: the later question '<image> B?' shows a picture",
            "vqa.jsonl:6: the answer to '<image> B?' is empty",
            "vqa.jsonl:6: a later question of the conversation is empty",
            "vqa.jsonl:7: conversations has turns from 'human, gpt, human', but must have",
            "draw.jsonl:1: picture '/etc/hostname' lies outside",
            "draw.jsonl:2: conversations has 4 turns, but a generation task",
        ];
        Assert.All(expected, text => Assert.Contains(problems, problem => problem.Contains(text, StringComparison.Ordinal)));
    }

    [Fact]
    public void Load_ListsEveryProblemOfTheDatasetFile()
    {
        var problems = Problems("""
            sources:
              - { sampels: vqa.jsonl, task: vqua, weight: -1 }
              - just text
            tasks:
              vqa: { kind: reading }
              other: { kind: generation }
            extra: 1
            """);
        string[] expected =
        [
            "dataset.yaml:2: unknown key 'sampels'; did you mean 'samples'?",
            "dataset.yaml:2: a source has no samples",
            "dataset.yaml:2: the task of a source is 'vqua'",
            "dataset.yaml:2: weight is '-1', but must be a number above 0",
            "dataset.yaml:3: a source must be a mapping",
            "dataset.yaml:5: the kind of task 'vqa' is 'reading', but must be comprehension or generation",
            "dataset.yaml:7: unknown key 'extra'",
        ];
        Assert.All(expected, text => Assert.Contains(problems, problem => problem.Contains(text, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("- a\n", "not one mapping")]
    [InlineData("a: [", "is not YAML")]
    [InlineData("# nothing", "not one mapping")]
    [InlineData("", "it has no bytes")]
    public void Load_RefusesWhatIsNoDatasetFile(string yaml, string reason) => Assert.Contains(reason, Assert.Single(Problems(yaml)), StringComparison.Ordinal);

    [Theory]
    [InlineData("? &a [*a]\n: 1\n", "dataset.yaml:1: is not YAML (the alias *a lies in the node")]
    [InlineData("sources:\n  - { samples: images, task: vqa }\ntasks: { vqa: { kind: comprehension } }", "images', which is a folder; name the file of samples")]
    [InlineData("sources:\n  - { samples: vqa.jsonl, task: vqa, split: tran }\ntasks: { vqa: { kind: comprehension } }", "vqa.jsonl:1: there is no field 'tran', which the dataset file says holds the split")]
    [InlineData("sources:\n  - { samples: vqa.jsonl, task: vqa, root: [a] }\ntasks: { vqa: { kind: comprehension } }", "dataset.yaml:2: root is a list or a mapping, but must be one text")]
    [InlineData("sources:\n  - { samples: vqa.jsonl, task: vqa, split: }\ntasks: { vqa: { kind: comprehension } }", "dataset.yaml:2: split is empty")]
    [InlineData("sources:\n  - { samples: vqa.jsonl, task: vqa }\ntasks: { vqa: { kind: comprehension, prompt: { a: b } } }", "dataset.yaml:3: prompt is a list or a mapping")]
    [InlineData("sources:\n  - { samples: vqa.jsonl, task: vqa }\ntasks: { vqa: { kind: comprehension }, '': { kind: generation } }", "dataset.yaml:3: a task has no name")]
    [InlineData("[\n{\"conversations\": []}]", "it holds samples and is no dataset file; end its name in .jsonl")]
    public void Load_SaysWhatAWrongDatasetFileMeans(string yaml, string reason)
    {
        _folder.Write("vqa.jsonl", """{"conversations":[{"from":"human","value":"Q"},{"from":"gpt","value":"A"}]}""");
        Assert.Contains(reason, Assert.Single(Problems(yaml)), StringComparison.Ordinal);
    }

    [Fact]
    public void Load_NamesTheByteOfADatasetFileThatIsNotUtf8_AndReadsNoneThatIsTooLong()
    {
        var path = Path.Combine(_folder.Path, "dataset.yaml");
        File.WriteAllBytes(path, [.. "sources:\n- é"u8, 0xFF]);
        Assert.Contains("dataset.yaml:2: byte 13 of the file is not UTF-8", Assert.Single(Assert.Throws<DatasetException>(() => Dataset.Load(path)).Problems), StringComparison.Ordinal);
        using (var longer = File.OpenWrite(path))
            longer.SetLength(1L << 32);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("more than the limit of", Assert.Single(Assert.Throws<DatasetException>(() => Dataset.Load(path)).Problems), StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 50_000_000);
    }

    [Fact]
    public void Load_NamesAMissingDatasetFile()
    {
        var error = Assert.Throws<DatasetException>(() => Dataset.Load(Path.Combine(_folder.Path, "none.yaml")));
        Assert.Contains("none.yaml", error.Message, StringComparison.Ordinal);
    }

    private string PathOf(string image) => Path.Combine(_folder.Path, "images", image);

    private IReadOnlyList<string> Problems(string yaml) =>
        Assert.Throws<DatasetException>(() => Dataset.Load(_folder.Write("dataset.yaml", yaml))).Problems;
}

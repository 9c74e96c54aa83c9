using System.Diagnostics;
using HealthGpt.Data.Images;
using HealthGpt.Data.Samples;

namespace HealthGpt.Data.Tests.Samples;

public sealed class DatasetCheckTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<DatasetProblem> _problems = [];

    public DatasetCheckTests()
    {
        var image = new RgbImage(16, 8, [.. Enumerable.Range(0, 16 * 8 * 3).Select(n => (byte)(n * 7))]);
        image.SavePng(PathOf("good.png"));
        File.WriteAllBytes(PathOf("short.png"), image.EncodePng()[..^20]);
        byte[] huge = image.EncodePng();
        huge[16] = huge[20] = 0x7F;
        File.WriteAllBytes(PathOf("huge.png"), huge);
        byte[] nothing = image.EncodePng();
        nothing.AsSpan(16, 4).Clear();
        File.WriteAllBytes(PathOf("nothing.png"), nothing);
        File.WriteAllText(PathOf("text.png"), "no image");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Run_NamesEveryBadSampleInOrder_OnAnyNumberOfThreads()
    {
        string[] names = ["good.png", "short.png", "huge.png", "nothing.png", "text.png", "none.png"];
        var path = _folder.Write("vqa.jsonl", string.Join('\n', Enumerable.Range(0, 3000).Select(n => Line(names[n % names.Length]))));

        var result = Check(path, threads: 1);
        var alone = _problems.ToList();
        _problems.Clear();
        var together = Check(path, threads: 8);

        Assert.Equal(alone, _problems);
        Assert.Equal((3000, 2500, false), (result.Samples, result.Bad, result.Good));
        Assert.Equal(result.Sources, together.Sources);
        Assert.Equal(Enumerable.Range(1, 3000).Where(line => line % names.Length != 1), alone.Select(problem => problem.Line!.Value));
        string[] reasons = ["cut short", "more than the limit of 67108864", "its size is 0 x 8", "neither a PNG nor a JPEG", "does not exist"];
        Assert.All(alone.Select((problem, at) => (problem, reasons[at % 5])), pair => Assert.Contains(pair.Item2, pair.problem.Reason, StringComparison.Ordinal));
    }

    [Fact]
    public void Run_LooksAtThePicturesOfASampleThatHasOtherFaults_AndGoesOnBehindBadSources()
    {
        _folder.Write("vqa.jsonl", """{"image":["text.png","good.png"],"conversations":[{"from":"human","value":"<image>"},{"from":"gpt","value":""}],"split":"later"}""");
        var dataset = _folder.Write("dataset.yaml", """
            sources:
              - { samples: vqa.jsonl, task: vqua }
              - { samples: vqa.jsonl, task: vqa, split: split }
            tasks:
              vqa: { kind: comprehension }
            """);

        var result = Check(dataset, threads: 2);

        string[] reasons = ["the task of a source is 'vqua'", "the question is empty", "split is 'later'", "the answer is empty", "text.png': it is neither a PNG nor a JPEG"];
        Assert.Equal((1, 1, 1), (result.FileProblems, result.Samples, result.Bad));
        Assert.All(reasons, reason => Assert.Contains(_problems, problem => problem.Reason.Contains(reason, StringComparison.Ordinal)));
        Assert.Equal((dataset, 2), (_problems[0].File, _problems[0].Line));
    }

    [Fact]
    public void Run_NamesADatasetThatIsNotThere()
    {
        Assert.False(Check(PathOf("none.jsonl"), threads: 1).Good);
        Assert.False(Check(PathOf("none.yaml"), threads: 1).Good);
        Assert.Equal([PathOf("none.jsonl"), PathOf("none.yaml")], _problems.Select(problem => problem.File));
    }

    [Fact]
    public void Run_SaysWhatIsNoDataset_AndHowToMakeOneOfIt()
    {
        _folder.Write("scan.nii.gz", "");
        _folder.Write("blank.jsonl", "\n\n");
        File.WriteAllBytes(PathOf("slice"), [.. new byte[128], .. "DICM"u8]);
        (string Path, string Said)[] others =
        [
            (PathOf("blank.jsonl"), "it has no sample"), (PathOf("good.png"), "is a picture and no dataset; make one of it with: healthgpt data convert"), (PathOf("scan.nii.gz"), "is a NIfTI volume"),
            (PathOf("slice"), "is a DICOM file"), (_folder.Path, "is a folder and no dataset"),
        ];

        Assert.All(others, other => Assert.False(Check(other.Path, threads: 1).Good));
        Assert.Equal(others.Length, _problems.Count);
        Assert.All(others.Zip(_problems), pair => Assert.StartsWith(pair.First.Said, pair.Second.Reason, StringComparison.Ordinal));
        Assert.Contains("it has no sample", Assert.Throws<DatasetException>(() => Dataset.Load(PathOf("blank.jsonl"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_NamesTheDatasetFileThatKnowsWhereThePicturesLie()
    {
        var samples = _folder.Write("set/samples.jsonl", Line("good.png"));
        var dataset = _folder.Write("set/dataset.yaml", "sources:\n  - { samples: samples.jsonl, root: .., task: vqa }\ntasks: { vqa: { kind: comprehension } }");

        Assert.False(Check(samples, threads: 1).Good);
        Assert.Contains("good.png' does not exist", _problems[0].Reason, StringComparison.Ordinal);
        Assert.Equal((2, $"none of its samples is good, but '{dataset}' names it, and says where its pictures lie; check that one"), (_problems.Count, _problems[1].Reason));
        Assert.True(Check(dataset, threads: 1).Good);
    }

    [Fact]
    public void Run_RefusesNamedPipes_InsteadOfWaitingForThem()
    {
        if (OperatingSystem.IsWindows()) Assert.Skip("named pipes are no files there");
        string[] pipes = [PathOf("samples.jsonl"), PathOf("dataset"), PathOf("pipe.png")];
        using (var made = Process.Start("mkfifo", pipes))
            made.WaitForExit();
        File.CreateSymbolicLink(PathOf("link.png"), "pipe.png");
        var source = _folder.Write("dataset.yaml", "sources:\n  - { samples: samples.jsonl, task: vqa }\ntasks: { vqa: { kind: comprehension } }");

        Assert.All([pipes[0], pipes[1], source, _folder.Write("linked.jsonl", Line("link.png"))], path => Assert.False(Check(path, threads: 1).Good));

        Assert.Equal(4, _problems.Count);
        Assert.All(_problems, problem => Assert.Contains("it is empty, or a pipe or device", problem.Reason, StringComparison.Ordinal));
        Assert.Contains("a pipe or device", Assert.Throws<DatasetException>(() => Dataset.Load(source)).Message, StringComparison.Ordinal);
    }

    private static string Line(string image) => $$"""{"image":"{{image}}","conversations":[{"from":"human","value":"<image>\nWhat?"},{"from":"gpt","value":"That."}]}""";

    private string PathOf(string name) => Path.Combine(_folder.Path, name);

    private DatasetCheckResult Check(string path, int threads) => DatasetCheck.Run(path, _problems.Add, threads, TestContext.Current.CancellationToken);
}

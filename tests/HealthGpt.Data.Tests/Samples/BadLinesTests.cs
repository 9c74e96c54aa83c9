using System.Security.Cryptography;
using System.Text;
using HealthGpt.Data.Samples;

namespace HealthGpt.Data.Tests.Samples;

public sealed class BadLinesTests : IDisposable
{
    private const string Yaml = """
        sources:
          - { samples: vqa.jsonl, root: images, task: vqa, split: split }
          - { samples: held.jsonl, root: images, task: vqa, split: validation }
        tasks: { vqa: { kind: comprehension } }
        """;

    // Every line but the first and the last is bad; behind each stands what is said of it.
    private static readonly (string Line, string Problem)[] Lines =
    [
        (Good("a.png", "yes", "train"), ""),
        ("Doe, John", "the line is not JSON"),
        ("[1]", "the line is no JSON object"),
        (Good("doe.png", "yes", "validation"), "picture 'doe.png' does not exist"),
        (Good("../doe.png", "yes", "test"), "picture '../doe.png' lies outside"),
        (Good("a.png", "yes", "train").Replace("\"a.png\"", "5", StringComparison.Ordinal), "image must be a path"),
        (Good("a.png", "", "train"), "the answer is empty"),
        (Good("a.png", "yes", "doe"), "split is 'doe', but must be"),
        (Good("a.png", "\\ud800", "test"), "a text has half of a surrogate pair"),
        (Good("a.png", "\u00ff", "test"), "byte "),
        (new string('x', 17 << 20), "the line is longer than"),
        (Good("a.png", "yes", "test").Replace("\"a.png\"", $"[{string.Join(',', Enumerable.Repeat("\"a.png\"", 70_000))}]", StringComparison.Ordinal), "image has 70000 paths"),
        (Good("a.png", "no", "test"), ""),
    ];

    private static readonly int Last = Lines.Length - 1;

    private readonly TemporaryFolder _folder = new();
    private readonly SampleCache _cache;
    private readonly string _samples;

    public BadLinesTests()
    {
        _cache = new SampleCache(Path.Combine(_folder.Path, "cache"));
        _folder.Write("images/a.png", "a");
        _folder.Write("held.jsonl", $"{Good("a.png", "held", null)}\nDoe\n");
        _samples = Path.Combine(_folder.Path, "vqa.jsonl");
        // In Latin-1 only the one line that has such a letter is no UTF-8.
        File.WriteAllText(_samples, string.Join('\n', Lines.Select(line => line.Line)), Encoding.Latin1);
    }

    private string Index => Assert.Single(Directory.GetFiles(Path.Combine(_folder.Path, "cache")));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_KeepingBadLines_RefusesOnlyThem_AndLeavesTheNumbersOfTheOthers()
    {
        var path = _folder.Write("dataset.yaml", Yaml);

        RequireRefusal(path);
        for (var time = 0; time < 2; time++)
        {
            var dataset = Load(path, BadLines.Kept);
            Assert.Equal(Lines.Length + 2, dataset.Samples.Count);
            Assert.Equal(("yes", $"{_samples}:1"), Shown(dataset.Samples[0]));
            Assert.Equal(("no", $"{_samples}:{Last + 1}"), Shown(dataset.Samples[Last]));
            Assert.Equal(("held", Path.Combine(_folder.Path, "held.jsonl:1")), Shown(dataset.Samples[Last + 1]));
            for (var at = 1; at < Last; at++)
            {
                var error = Assert.Throws<DatasetException>(() => dataset.Samples[at]);
                Assert.Equal(at is 3 or 4 ? "a picture of it is missing or lies outside the root" : "its line in the samples file is no complete sample", error.SampleReason);
                Assert.Equal($"{_samples}:{at + 1}", dataset.PlaceOf(at));
            }

            // The split that is written; training where none can be read.
            Assert.Equal((9, 3, 3), (dataset.Select("vqa", "train").Count, dataset.Select("vqa", "validation").Count, dataset.Select("vqa", "test").Count));
            var second = dataset.Select("vqa", "train").NameOf(1);
            Assert.Equal((2, HashOf("Doe, John"u8)), (second.Number, second.Sha256));
            Assert.Equal("", dataset.Select("vqa", "train").NameOf(8).Sha256);
            RequireRefusal(path);
        }
    }

    [Fact]
    public void Load_OfOneBadSource_IndexesTheOthersWhole()
    {
        var path = _folder.Write("dataset.yaml", Yaml.Replace("held.jsonl", "good.jsonl", StringComparison.Ordinal));
        _folder.Write("good.jsonl", string.Concat(Enumerable.Range(0, 4).Select(n => Good($"{n}.png", "good", null) + "\n")));
        for (var picture = 0; picture < 4; picture++)
            _folder.Write($"images/{picture}.png", "good");
        Assert.Throws<DatasetException>(() => Load(path));

        File.WriteAllText(_samples, Good("a.png", "repaired", "test"));

        Assert.Equal([HashOf("good"u8)], Load(path).FactsOf(4).ImageSha256);
    }

    [Fact]
    public void ReadWithFacts_OfALineWhosePictureCameBack_IsAsGoodAsAny()
    {
        var path = _folder.Write("few.jsonl", string.Concat(Enumerable.Range(0, 60).Select(n => Good($"images/{(n == 7 ? "late" : n == 9 ? "locked" : "a")}.png", $"{n}", "train") + "\n")));
        var locked = _folder.Write("images/locked.png", "locked");
        using (new FileStream(locked, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
            Assert.Equal(60, Load(path, BadLines.Kept).Samples.Count);
        // Set back: some file systems tell times by ticks that are longer than this test.
        File.SetLastWriteTimeUtc(Index, DateTime.UtcNow.AddHours(-1));
        var written = File.GetLastWriteTimeUtc(Index);
        Assert.Throws<DatasetException>(() => Load(path, BadLines.Kept).FactsOf(7));
        _folder.Write("images/late.png", "late");

        var kept = Load(path, BadLines.Kept);

        Assert.Equal(written, File.GetLastWriteTimeUtc(Index));
        Assert.Equal([HashOf("late"u8)], kept.FactsOf(7).ImageSha256);
        Assert.Equal([HashOf("locked"u8)], kept.FactsOf(9).ImageSha256);
        var strict = Load(path);
        Assert.NotEqual(written, File.GetLastWriteTimeUtc(Index));
        Assert.All(Enumerable.Range(0, 60), at => Assert.Equivalent(strict.FactsOf(at), kept.FactsOf(at)));
    }

    [Fact]
    public void Load_KeepingBadLines_StillRefusesWhatIsWrongWithAWholeFile()
    {
        var torn = _folder.Write("torn.json", $"[{Good("images/a.png", "yes", "train")},\n{{\"image\":");
        var missing = _folder.Write("dataset.yaml", Yaml.Replace("held.jsonl", "none.jsonl", StringComparison.Ordinal));

        Assert.StartsWith($"{torn}:2: the file ends within the sample", Assert.Single(Assert.Throws<DatasetException>(() => Load(torn, BadLines.Kept)).Problems), StringComparison.Ordinal);
        Assert.Contains("none.jsonl", Assert.Single(Assert.Throws<DatasetException>(() => Load(missing, BadLines.Kept)).Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void Load_OfBareSamplesWhoseFirstLineIsBad_LooksAtTheFirstGoodOneForTheTask()
    {
        var path = _folder.Write("draw.jsonl", $"Doe\n{Good("images/a.png", "images/a.png", "train")}\n");

        Assert.Equal(TaskKind.Generation, Load(path, BadLines.Kept).Tasks["draw"].Kind);
    }

    private static string Good(string image, string answer, string? split) =>
        $$"""{"image":"{{image}}","conversations":[{"from":"human","value":"<image>\nWhat?"},{"from":"gpt","value":"{{answer}}"}]{{(split is null ? "" : $",\"split\":\"{split}\"")}}}""";

    private static (string?, string) Shown(Sample sample) => (sample.Answer, sample.Source);

    private static string HashOf(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private void RequireRefusal(string path)
    {
        var problems = Assert.Throws<DatasetException>(() => Load(path)).Problems;

        // One a line and one of the other source.
        Assert.Equal(Last, problems.Count);
        for (var at = 1; at < Last; at++)
            Assert.Contains(problems, problem => problem.StartsWith($"{_samples}:{at + 1}: {Lines[at].Problem}", StringComparison.Ordinal));
        Assert.Contains("held.jsonl:2: the line is not JSON", problems[^1], StringComparison.Ordinal);
    }

    private Dataset Load(string path, BadLines badLines = BadLines.Refused) => Dataset.Load(path, _cache, badLines, TestContext.Current.CancellationToken);
}

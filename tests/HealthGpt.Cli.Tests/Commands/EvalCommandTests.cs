using System.Text.Encodings.Web;
using System.Text.Json;
using System.Xml.Linq;
using HealthGpt.Cli.Demo;
using HealthGpt.Data.Images;
using HealthGpt.Data.Metrics;
using HealthGpt.Model.Folders;

namespace HealthGpt.Cli.Tests.Commands;

public sealed class EvalCommandTests : IClassFixture<NanoPlugins>, IDisposable
{
    private const string Patient = "mueller-heinz-1951";
    private const string Markup = "<script>alert('\u202E&amp;')</script>";

    private static readonly string[] ThreeFiles = ["answers.jsonl", "metrics.json", "report.html"];
    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly string Colin27 = DemoAssets.DatasetFile([AppContext.BaseDirectory]);

    private readonly TemporaryFolder _folder = new();
    private readonly NanoPlugins _nano;

    public EvalCommandTests(NanoPlugins nano)
    {
        _nano = nano;
        Directory.CreateDirectory(_folder[Patient]);
        for (var number = 0; number < 4; number++)
        {
            var pixels = new byte[60 * 40 * 3];
            new Random(number).NextBytes(pixels);
            new RgbImage(60, 40, pixels).SavePng(Picture(number));
        }
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Words_AreMeasured_AndTheFiguresFollowFromTheAnswers()
    {
        // What the plugin says is unknown until it is asked, so that a first evaluation finds truths that some of its answers match.
        await EvalAsync("--data", Questions(_ => "something else"), "--task", "vqa", "--out", _folder["first"], "--max-tokens", "12");
        var first = EvaluatedFolder.Read(_folder["first"]).Answers.Select(line => Text(line, 0)).ToList();
        var questions = Questions(at => at % 3 == 0 ? first[at] : at == 7 ? $"{first[at]} and more" : Markup);
        var run = await EvalAsync("--data", questions, "--task", "vqa", "--plugin", "vqa", "--plugin", _nano.OtherPlugin, "--out", _folder["out"], "--max-tokens", "12");

        Assert.Equal(ExitCodes.Done, run.ExitCode);
        Assert.Contains("8 answers of plugin a were cut at 12 tokens", run.Error, StringComparison.Ordinal);
        Assert.Equal(ThreeFiles, Directory.GetFileSystemEntries(_folder["out"]).Select(Path.GetFileName).Order());
        var found = EvaluatedFolder.Read(_folder["out"]);
        Assert.Equal(first, found.Answers.Select(line => Text(line, 0)));
        Assert.NotEqual(first, found.Answers.Select(line => Text(line, 1)));
        AssertClosedAccuracy(found);
        AssertOpenQuestions(found);
        AssertKinds(found);
        // Closed and open questions are answered by two constants, of which one is short enough to be quoted.
        Assert.Single(run.Output.Split('\n'), line => line.StartsWith("  always \"", StringComparison.Ordinal));
        Assert.Equal(found.Groups.First().GetProperty("metrics").GetArrayLength() - 1, run.Output.Split("  always the commonest truth ").Length - 1);
        Assert.Equal(("validation", 8), (found.Metrics.GetProperty("split").GetString(), found.Metrics.GetProperty("dataset").GetProperty("samples").GetInt32()));
        var hashes = found.Metrics.GetProperty("plugins").EnumerateArray().Select(plugin => plugin.GetProperty("sha256").GetString());
        Assert.Equal([ModelManifest.Load(_nano.Folder).Plugins["vqa"].Sha256, PartHash.Of(_nano.OtherPlugin, cancellationToken: TestContext.Current.CancellationToken)], hashes);
        AssertPage(found, pictures: 8);
        Assert.Contains(Markup, found.PageText, StringComparison.Ordinal);
        AssertNamesNobody(run);
    }

    [Fact]
    public async Task Images_AreMeasuredAtTheTokenizersResolution_AndAPluginDiffersFromItselfByNothing()
    {
        var samePlugin = Path.Combine(_nano.Folder, "plugins", "super-resolution");
        var run = await EvalAsync(
            "--data", Colin27, "--task", "super-resolution", "--plugin", "super-resolution", "--plugin", samePlugin, "--limit", "2", "--seed", "5", "--out", _folder["out"], "--json");

        Assert.Equal((ExitCodes.Done, ""), (run.ExitCode, run.Error));
        var found = EvaluatedFolder.Read(_folder["out"]);
        Assert.True(JsonElement.DeepEquals(found.Metrics, JsonDocument.Parse(run.Output).RootElement));
        Assert.Equal(128, found.Metrics.GetProperty("settings").GetProperty("resolution").GetInt32());
        var samples = found.Answers.Select(DrawnSample.Read).ToList();
        foreach (var (name, of) in new (string, Func<RgbImage, RgbImage, double>)[] { ("ssim", ImageMetrics.Ssim), ("psnr", ImageMetrics.Psnr), ("mse", ImageMetrics.Mse) })
        {
            var metric = found.Metric(name);
            Assert.Equal(samples.Average(sample => of(sample.Drawn(_folder["out"]), sample.Truth)), EvaluatedFolder.Figure(metric, "plugins", "a").Estimate, 9);
            Assert.Equal(samples.Average(sample => of(sample.Input, sample.Truth)), EvaluatedFolder.Figure(metric, "references", "input").Estimate, 9);
            var difference = EvaluatedFolder.Difference(metric, "b", "a");
            Assert.Equal((0, 0, 0), EvaluatedFolder.Interval(difference));
            Assert.Equal((0, 0), (difference.GetProperty("better").GetInt32(), difference.GetProperty("worse").GetInt32()));
        }

        var ceiling = EvaluatedFolder.Figure(found.Metric("psnr"), "references", "tokenizerCeiling").Estimate;
        Assert.InRange(ceiling, EvaluatedFolder.Figure(found.Metric("psnr"), "plugins", "a").Estimate, 100);
        AssertPage(found, pictures: 2 * 6);
        Assert.DoesNotContain("_head", File.ReadAllText(Path.Combine(_folder["out"], "report.html")), StringComparison.Ordinal);
        Assert.DoesNotContain("colin27", run.Output, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Answers_AreTheSameBytes_HoweverManyAreUnderWayAtOnce()
    {
        foreach (var concurrency in (string[])["1", "8"])
            await EvalAsync("--data", Colin27, "--task", "vqa", "--limit", "10", "--seed", "3", "--concurrency", concurrency, "--max-tokens", "6", "--out", _folder[concurrency]);

        var one = await File.ReadAllBytesAsync(Path.Combine(_folder["1"], "answers.jsonl"), TestContext.Current.CancellationToken);
        var eight = await File.ReadAllBytesAsync(Path.Combine(_folder["8"], "answers.jsonl"), TestContext.Current.CancellationToken);
        Assert.Equal(one, eight);
        var numbers = EvaluatedFolder.Read(_folder["1"]).Answers.Select(line => line.GetProperty("number").GetInt32()).ToList();
        Assert.Equal(numbers.Order().Distinct(), numbers);
        Assert.True(numbers[^1] > 10, "a limit must draw from all samples, not take the first");
    }

    [Fact]
    public async Task BadPictures_StopItBeforeTheFirstQuestion_UnlessTheyAreSkipped()
    {
        var samples = Questions(_ => "yes");
        var whole = await File.ReadAllBytesAsync(Picture(1), TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(Picture(1), whole[..200], TestContext.Current.CancellationToken);
        await File.AppendAllTextAsync(Path.Combine(_folder[Patient], $"{Patient}.jsonl"), "no sample, so of no split\n", TestContext.Current.CancellationToken);
        File.Delete(Picture(2));

        var stopped = await EvalAsync("--data", samples, "--task", "vqa", "--out", _folder["out"]);
        Assert.Equal((ExitCodes.WrongFile, ""), (stopped.ExitCode, stopped.Output));
        Assert.Contains($"{Path.Combine(_folder[Patient], $"{Patient}.jsonl")}:4: ", stopped.Error, StringComparison.Ordinal);
        Assert.Contains("does not exist", stopped.Error, StringComparison.Ordinal);
        Assert.Equal([_folder[Patient]], Directory.GetFileSystemEntries(_folder.Path));

        // A bare file's task is what the command calls it.
        var bare = Path.Combine(_folder[Patient], $"{Patient}.jsonl");
        var skipped = await EvalAsync("--data", bare, "--task", "vqa", "--out", _folder["out"], "--skip-bad", "--max-tokens", "2");
        Assert.Equal(ExitCodes.Done, skipped.ExitCode);
        var found = EvaluatedFolder.Read(_folder["out"]);
        Assert.Equal([2, 3, 6, 7], found.Metrics.GetProperty("dataset").GetProperty("skipped").EnumerateArray().Select(sample => sample.GetProperty("number").GetInt32()));
        Assert.Equal([1, 4, 5, 8], found.Answers.Select(line => line.GetProperty("number").GetInt32()));
        AssertNamesNobody(skipped);
    }

    [Fact]
    public async Task EveryTurnOfAConversation_IsAskedWithTheTrueTurnsBefore()
    {
        string Turn(string from, string value) => $$"""{"from":"{{from}}","value":"{{value}}"}""";
        string Line(params string[] turns) => $$"""{"image":"{{Path.GetFileName(Picture(0))}}","conversations":[{{string.Join(',', turns)}}],"split":"test"}""";
        var (first, second) = (Turn("human", "<image>\\nWhich plane?"), Turn("human", "Sure?"));
        var path = Path.Combine(_folder[Patient], "talk.jsonl");
        await File.WriteAllLinesAsync(path, [Line(first, Turn("gpt", "axial"), second, Turn("gpt", "yes")), Line(first, Turn("gpt", "sagittal"), second, Turn("gpt", "yes")), "no sample, so perhaps of training"], TestContext.Current.CancellationToken);

        var run = await EvalAsync("--data", path, "--task", "vqa", "--out", _folder["out"], "--max-tokens", "4", "--skip-bad");

        Assert.Equal(ExitCodes.Done, run.ExitCode);
        var found = EvaluatedFolder.Read(_folder["out"]);
        Assert.Equal([(1, 1, "axial"), (1, 2, "yes"), (2, 1, "sagittal"), (2, 2, "yes")], found.Answers.Select(line => (line.GetProperty("number").GetInt32(), line.GetProperty("turn").GetInt32(), Truth(line))));
        Assert.Equal(4, found.Answers.Select(line => line.GetProperty("sha256").GetString()).Distinct().Count());
        Assert.Equal((4, 1), (found.Metric("exactMatch").GetProperty("samples").GetInt32(), found.Metric("exactMatch").GetProperty("clusters").GetInt32()));
        Assert.Contains("turn 2 of 2", found.PageText, StringComparison.Ordinal);
        Assert.Equal(["constantAnswer", "constantAnswerPerQuestion"], found.Metric("exactMatch").GetProperty("references").EnumerateArray().Select(reference => reference.GetProperty("of").GetString()));
        // All of one picture: no interval, rather than one of no width.
        var figure = found.Metric("exactMatch").GetProperty("plugins")[0];
        Assert.False(figure.TryGetProperty("low", out _) || figure.TryGetProperty("high", out _));
        Assert.Contains("[no interval]", run.Output, StringComparison.Ordinal);
        Assert.Contains("so there is no interval", run.Output, StringComparison.Ordinal);
        Assert.Contains("so there is no interval", found.PageText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnInterruption_LeavesNothing()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        using var output = new LineHook("  1 of", stop.Cancel);
        using var error = new StringWriter();

        string[] arguments = ["--model", _nano.Folder, "--data", Questions(_ => "yes"), "--task", "vqa", "--max-tokens", "40", "--concurrency", "1", "--out", _folder["out"]];
        var code = await HealthGptCommand.RunAsync(["eval", .. arguments], output, error, stop.Token);

        Assert.Equal((ExitCodes.Interrupted, "interrupted"), (code, error.ToString().Trim()));
        Assert.Equal([_folder[Patient]], Directory.GetFileSystemEntries(_folder.Path));
    }

    private static void AssertClosedAccuracy(EvaluatedFolder found)
    {
        var closed = found.Answers.Where(line => line.GetProperty("closed").GetBoolean()).ToList();
        var metric = found.Metric("closedAccuracy");
        double[][] right = [.. Enumerable.Range(0, 2).Select(plugin => closed.Select(line => Words(Text(line, plugin)).SequenceEqual(Words(Truth(line))) ? 1.0 : 0).ToArray())];
        Assert.Equal(4, closed.Count);
        Assert.Equal(0.5, right[0].Average());
        // Closed questions are on two pictures by turns.
        var bootstrap = new Bootstrap { Clusters = [0, 1, 0, 1] };
        var expected = bootstrap.OfMean(right[0]);
        Assert.Equal((expected.Estimate, expected.Low, expected.High), EvaluatedFolder.Figure(metric, "plugins", "a"));
        Assert.Equal(right[1].Average(), EvaluatedFolder.Figure(metric, "plugins", "b").Estimate);

        var difference = EvaluatedFolder.Difference(metric, "b", "a");
        var paired = bootstrap.OfDifference(right[1], right[0]);
        Assert.Equal((paired.Estimate, paired.Low, paired.High), EvaluatedFolder.Interval(difference));
        Assert.Equal(right[1].Zip(right[0]).Count(pair => pair.First > pair.Second), difference.GetProperty("better").GetInt32());
        Assert.Equal(right[1].Zip(right[0]).Count(pair => pair.First < pair.Second), difference.GetProperty("worse").GetInt32());

        var commonest = closed.GroupBy(Truth).Max(group => group.Count()) / 4.0;
        Assert.Equal(commonest, EvaluatedFolder.Figure(metric, "references", "constantAnswer").Estimate);
        // The training sample answers the closed question with the markup.
        Assert.Equal(closed.Count(line => Truth(line) == Markup) / 4.0, EvaluatedFolder.Figure(metric, "references", "blindGuess").Estimate);
    }

    private static void AssertOpenQuestions(EvaluatedFolder found)
    {
        var open = found.Answers.Where(line => !line.GetProperty("closed").GetBoolean()).ToList();
        double F1(JsonElement line)
        {
            var (answer, truth) = (Words(Text(line, 0)).ToList(), Words(Truth(line)).ToList());
            var common = truth.Distinct().Sum(word => Math.Min(answer.Count(other => other == word), truth.Count(other => other == word)));
            return answer.Count + truth.Count == 0 ? 1 : 2.0 * common / (answer.Count + truth.Count);
        }

        var metric = found.Metric("tokenF1");
        Assert.Equal(4, metric.GetProperty("samples").GetInt32());
        Assert.Equal(open.Average(F1), EvaluatedFolder.Figure(metric, "plugins", "a").Estimate, 12);
        var names = found.Groups.First().GetProperty("metrics").EnumerateArray().Select(each => each.GetProperty("metric").GetString());
        Assert.Equal(["closedAccuracy", "tokenF1", "tokenRecall", "bleu4", "rougeL", "exactMatch"], names);
    }

    private static void AssertKinds(EvaluatedFolder found)
    {
        var groups = found.Groups.ToList();
        Assert.Equal(["all", "plane", "report"], groups.Select(group => group.GetProperty("group").GetString()));
        var plane = EvaluatedFolder.Figure(EvaluatedFolder.Metric(groups[1], "exactMatch"), "plugins", "a").Estimate;
        var lines = found.Answers.Where(line => line.GetProperty("kind").GetString() == "plane");
        Assert.Equal(lines.Average(line => Words(Text(line, 0)).SequenceEqual(Words(Truth(line))) ? 1.0 : 0), plane);
    }

    private static void AssertPage(EvaluatedFolder found, int pictures)
    {
        var elements = found.Page.Root!.DescendantsAndSelf().ToList();
        Assert.DoesNotContain(elements, element => element.Name.LocalName is "script" or "link" or "iframe" or "object");
        foreach (var attribute in elements.Attributes().Where(attribute => attribute.Name.LocalName is "src" or "href" or "srcset" or "action" or "background"))
            Assert.StartsWith("data:image/png;base64,", attribute.Value, StringComparison.Ordinal);
        Assert.DoesNotContain("url(", elements.Single(element => element.Name.LocalName == "style").Value, StringComparison.Ordinal);
        var images = elements.Where(element => element.Name.LocalName == "img").ToList();
        Assert.Equal(pictures, images.Count);
        foreach (var image in images)
            Assert.Equal(image.Attribute("width")!.Value, $"{RgbImage.Decode(Convert.FromBase64String(image.Attribute("src")!.Value.Split(',')[1]), "a picture").Width}");
        Assert.Contains("not a medical device", found.PageText, StringComparison.Ordinal);
        Assert.All(found.Answers, line => Assert.Contains(line.GetProperty("sha256").GetString()![..12], found.PageText, StringComparison.Ordinal));
    }

    private void AssertNamesNobody(CommandLine run)
    {
        foreach (var file in Directory.GetFiles(_folder["out"]))
            Assert.DoesNotContain(Patient, File.ReadAllText(file), StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(Patient, run.Output + run.Error, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Eight validation samples, by turns a closed and an open question on four pictures, and a training sample of the closed one.</summary>
    private string Questions(Func<int, string> truth)
    {
        object Sample(int at, string answer, string split) => new
        {
            image = Path.GetFileName(Picture(at % 4)),
            conversations = new[] { new { from = "human", value = $"<image>\n{(at % 2 == 0 ? "Which plane is \"this\"?" : "Describe it & more.")}" }, new { from = "gpt", value = answer } },
            kind = at % 2 == 0 ? "plane" : "report",
            closed = at % 2 == 0,
            split,
        };
        // The first line is the training sample, so that lines and numbers differ.
        var lines = Enumerable.Range(0, 8).Select(at => Sample(at, truth(at), "validation")).Prepend(Sample(0, Markup, "train"));
        File.WriteAllLines(Path.Combine(_folder[Patient], $"{Patient}.jsonl"), lines.Select(line => JsonSerializer.Serialize(line, Relaxed)));
        var dataset = Path.Combine(_folder[Patient], $"{Patient}.yaml");
        File.WriteAllText(dataset, $"sources:\n  - {{ samples: {Patient}.jsonl, task: vqa, split: split }}\ntasks:\n  vqa: {{ kind: comprehension }}\n");
        return dataset;
    }

    private string Picture(int number) => Path.Combine(_folder[Patient], $"{Patient}-{number}.png");

    private Task<CommandLine> EvalAsync(params string[] arguments) => CommandLine.RunAsync(["eval", "--model", _nano.Folder, .. arguments]);

    private static string Text(JsonElement line, int plugin) => line.GetProperty("answers")[plugin].GetProperty("text").GetString()!;

    private static string Truth(JsonElement line) => line.GetProperty("truth").GetString()!;

    private static IEnumerable<string> Words(string text) => AnswerWords.WithoutArticles(text);

    /// <summary>A line of answers.jsonl beside the files of the sample set that it stands for.</summary>
    private sealed record DrawnSample(string File, RgbImage Input, RgbImage Truth)
    {
        public RgbImage Drawn(string folder) => RgbImage.Load(Path.Combine(folder, File));

        public static DrawnSample Read(JsonElement line)
        {
            var folder = Path.GetDirectoryName(Colin27)!;
            var samples = System.IO.File.ReadLines(Path.Combine(folder, "super-resolution.jsonl")).Select(text => JsonDocument.Parse(text).RootElement);
            var sample = samples.Where(sample => sample.GetProperty("split").GetString() == "validation").ElementAt(line.GetProperty("number").GetInt32() - 1);
            var input = RgbImage.Load(Path.Combine(folder, "images", sample.GetProperty("image").GetString()!));
            var truth = RgbImage.Load(Path.Combine(folder, "images", sample.GetProperty("conversations")[1].GetProperty("value").GetString()!));
            return new DrawnSample(line.GetProperty("answers")[0].GetProperty("drawn").GetString()!, Resampling.Resize(input, 128, 128, ResampleFilter.Bicubic), truth);
        }
    }
}

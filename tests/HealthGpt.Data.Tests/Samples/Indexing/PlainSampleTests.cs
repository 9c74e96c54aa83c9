using System.Text;
using HealthGpt.Data.Samples;
using HealthGpt.Data.Samples.Indexing;
using HealthGpt.Data.Samples.Pictures;

namespace HealthGpt.Data.Tests.Samples.Indexing;

public sealed class PlainSampleTests : IDisposable
{
    private const int Seed = 20301;
    private const int Lines = 40_000;

    private static readonly string[] PictureNames = ["0.png", "sub/1.png", "ä 2.png", "3.png"];

    private readonly TemporaryFolder _folder = new();
    private readonly KnownPictures _known = new();

    public PlainSampleTests()
    {
        for (var number = 0; number < PictureNames.Length; number++)
        {
            _folder.Write(PictureNames[number], "picture");
            // The last is there and not known.
            if (number < PictureNames.Length - 1) _known.Add(PictureNames[number], number);
        }
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(TaskKind.Comprehension, "train", null)]
    [InlineData(TaskKind.Comprehension, "split", "train")]
    [InlineData(TaskKind.Generation, "fold", null)]
    [InlineData(TaskKind.Generation, "kind", "validation")]
    [InlineData(TaskKind.Comprehension, "choices", null)]
    [InlineData(TaskKind.Comprehension, "mask", "test")]
    [InlineData(TaskKind.Comprehension, "image", "test")]
    public void TryRead_TakesNoSampleThatTheReaderRefuses_AndFindsTheSameInIt(TaskKind kind, string split, string? withoutField)
    {
        var source = Source(kind, split, withoutField);
        var pictures = new FolderImageRoot(_folder.Path);
        var random = new Random(Seed);
        var (taken, good) = (0, 0);
        for (var n = 0; n < Lines; n++)
        {
            var json = Spoilt(Encoding.UTF8.GetBytes(Line(random, kind, split)), random);
            var reader = new SampleReader(source, pictures, new SampleRecord(0, 1, json));
            var sample = reader.Read();
            good += sample is null ? 0 : 1;
            var numbers = new int[PlainSample.MostPictures + 1];
            if (!PlainSample.TryRead(source, _known, json, numbers, out var plain)) continue;
            taken++;
            Assert.True(sample is not null, $"seed {Seed}, line {n}: {Encoding.UTF8.GetString(json)} is taken, but {string.Join("; ", reader.Problems.Select(problem => problem.Reason))}");
            Assert.Equal((sample.Split, sample.AnswerBytes, sample.Images.Count), (plain.Split, plain.AnswerBytes, plain.Images));
            var paths = sample.AnswerImage is { } answer ? sample.Images.Append(answer) : sample.Images;
            Assert.Equal(paths, numbers[..plain.Pictures].Select(number => Path.Combine(_folder.Path, PictureNames[number])));
        }

        // A split that is named like another field leaves few good samples, and none that is plain.
        var plainSplit = split is "train" or "split" or "fold";
        Assert.InRange(good, plainSplit ? Lines / 20 : 0, Lines * 19 / 20);
        Assert.InRange(taken, plainSplit ? good / 3 : 0, plainSplit ? good : 0);
    }

    [Theory]
    [InlineData("""{"id":"1","image":"0.png","conversations":[{"from":"human","value":"<image>\nWhat is \"this\"?"},{"from":"gpt","value":"A head \/ brain.\n"}]}""", 1, 16)]
    [InlineData("""{"id":1,"image":["0.png","ä 2.png"],"conversations":[{"value":"<image> <image> 何?","from":"human"},{"from":"gpt","value":"ä"}],"split":"test","closed":true,"kind":"x","patient":"p"}""", 2, 2)]
    [InlineData("""{"conversations":[{"from":"human","value":"a"},{"from":"gpt","value":"b"},{"from":"human","value":"c"},{"from":"gpt","value":"de"}]}""", 0, 3)]
    public void TryRead_TakesSamplesOfThePlainForm(string line, int images, int answerBytes)
    {
        var numbers = new int[PlainSample.MostPictures + 1];

        Assert.True(PlainSample.TryRead(Source(TaskKind.Comprehension, "split", "train"), _known, Encoding.UTF8.GetBytes(line), numbers, out var plain));
        Assert.Equal((images, answerBytes), (plain.Images, plain.AnswerBytes));
    }

    private DatasetSource Source(TaskKind kind, string split, string? withoutField) => new()
    {
        SamplesPath = Path.Combine(_folder.Path, "samples.jsonl"),
        Root = _folder.Path,
        Task = new TaskDefinition { Name = "task", Kind = kind },
        Weight = 1,
        Split = split,
        SplitWithoutField = withoutField,
    };

    // Mostly of the plain form; each part is now and then something else.
    private static string Line(Random random, TaskKind kind, string split)
    {
        var count = random.Next(4) == 0 ? random.Next(4) : 1;
        var parts = new List<string>
        {
            Rarely(random, 30, "\"id\":\"7\"", "\"id\":-1.5e3", "\"id\":null", "\"id\":{\"a\":1,\"a\":2}", "\"ID\":1", "\"i\\u0064\":1", "\"\\ud800\":1", "\"tr\\udc00\":1"),
            "\"image\":" + Images(random, count),
            "\"conversations\":" + Turns(random, kind, count),
        };
        if (split is "split" or "fold" && random.Next(12) > 0)
            parts.Add(Rarely(random, 20, $"\"{split}\":\"test\"", $"\"{split}\":\"train\"", $"\"{split}\":\"tra\\u0069n\"", $"\"{split}\":\"none\"", $"\"{split}\":1"));
        if (random.Next(3) == 0) parts.Add(Rarely(random, 10, "\"closed\":true", "\"closed\":false", "\"closed\":1"));
        if (random.Next(3) == 0) parts.Add(Rarely(random, 10, "\"kind\":\"train\"", "\"kind\":\"\\ud800\"", "\"kind\":2"));
        if (random.Next(5) == 0) parts.Add(Rarely(random, 10, "\"patient\":\"a \\\"b\\\"\"", "\"patient\":null", "\"mask\":\"0.png\"", "\"choices\":[\"a\",\"b\"]"));
        if (random.Next(8) == 0) parts.Add($"\"{Rarely(random, 2, split, split[..^1] + $"\\u{(int)split[^1]:x4}")}\":\"train\"");
        if (random.Next(60) == 0) parts.Add(parts[random.Next(parts.Count)]);
        var order = parts.ToArray();
        if (random.Next(3) == 0) random.Shuffle(order);
        return Rarely(random, 200, "{" + string.Join(",", order) + "}", "[{" + string.Join(",", order) + "}]", "{" + string.Join(",", order) + "} {}", "{" + string.Join(", ", order) + ",}");
    }

    private static string Images(Random random, int count)
    {
        var names = Enumerable.Range(0, count).Select(_ => $"\"{Picture(random)}\"").ToList();
        return count == 1 && random.Next(2) == 0 ? names[0] : $"[{string.Join(",", names)}]";
    }

    private static string Picture(Random random) =>
        Rarely(random, 20, PictureNames[random.Next(3)], "3.png", "none.png", "../0.png", "sub\\/1.png", "0\\u002epng", "", " ");

    private static string Turns(Random random, TaskKind kind, int count)
    {
        var answered = kind == TaskKind.Generation ? Rarely(random, 40, 1, 2) : random.Next(1, 4);
        var turns = new List<string>();
        for (var turn = 0; turn < answered; turn++)
        {
            var places = turn == 0 ? Rarely(random, 20, count, count + 1, 0) : Rarely(random, 40, 0, 1);
            turns.Add(Turn(random, "human", string.Concat(Enumerable.Repeat(Rarely(random, 20, "<image>\\n", "<image>", " <image> \\t", "\\u003cimage>\\n", "<image>\\u00a0"), places)) + Text(random)));
            turns.Add(Turn(random, "gpt", kind == TaskKind.Generation ? Picture(random) : Text(random)));
        }

        if (random.Next(60) == 0) turns.RemoveAt(random.Next(turns.Count));
        return Rarely(random, 200, $"[{string.Join(",", turns)}]", "[]", "{}", "null");
    }

    private static string Turn(Random random, string from, string value)
    {
        var (speaker, text) = ($"\"from\":\"{Rarely(random, 80, from, "human", "gpt", "g\\u0070t", "system")}\"", $"\"value\":\"{value}\"");
        return Rarely(
            random, 60, $"{{{speaker},{text}}}", $"{{{text},{speaker}}}", $"{{{speaker},{speaker},{text}}}", $"{{\"from\":\"x\",{speaker},{text}}}", $"{{{speaker},{text},\"more\":1}}", $"{{{speaker}}}", $"{{{text}}}",
            "[]", $"{{{speaker},\"value\":3}}");
    }

    private static string Text(Random random) => Rarely(
        random, 12, "What is it?", "", " ", "\\n \\t", "\u00a0", "\u00a0a", "\\u0020", "\\ud83d\\ude00", "\\ud83d", "a\\\\u0041\\n", "\\\"quoted\\\" \\/ \\b", "何ですか", "<image>", "\\b", "tab\there");

    // Bytes that are lost, doubled or something else.
    private static byte[] Spoilt(byte[] json, Random random)
    {
        if (random.Next(8) > 0) return json;
        var at = random.Next(json.Length);
        return random.Next(3) switch
        {
            0 => [.. json[..at], .. json[(at + 1)..]],
            1 => [.. json[..at], json[at], .. json[at..]],
            _ => [.. json[..at], (byte)random.Next(256), .. json[(at + 1)..]],
        };
    }

    private static T Rarely<T>(Random random, int oneIn, T usual, params T[] others) => random.Next(oneIn) > 0 ? usual : others[random.Next(others.Length)];
}

using System.Security.Cryptography;
using System.Text;
using HealthGpt.Data.Samples;

namespace HealthGpt.Data.Tests.Samples;

public sealed class SampleCacheTests : IDisposable
{
    private const int Count = 3000;

    private readonly TemporaryFolder _folder = new();
    private readonly string _cacheFolder;
    private readonly SampleCache _cache;
    private readonly string _samples;

    public SampleCacheTests()
    {
        _cacheFolder = Path.Combine(_folder.Path, "cache");
        _cache = new SampleCache(_cacheFolder);
        for (var image = 0; image < 7; image++)
            _folder.Write($"{image}.png", $"picture {image}");
        _samples = _folder.Write("vqa.jsonl", string.Concat(Enumerable.Range(0, Count).Select(n => Line(n, $"Answer ä{n}"))));
    }

    private string Index => Assert.Single(Directory.GetFiles(_cacheFolder, "*", new EnumerationOptions { AttributesToSkip = 0 }));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_ASecondTime_ReadsTheIndexAlone_AndGivesTheSameSamplesInAnyOrder()
    {
        var first = Load();
        var written = File.GetLastWriteTimeUtc(Index);
        var second = Load();

        Assert.Equal(written, File.GetLastWriteTimeUtc(Index));
        Assert.Equal(Count, second.Samples.Count);
        var order = Enumerable.Range(0, Count).ToArray();
        new Random(5).Shuffle(order);
        Assert.All(order, n => Assert.Equal((first.Samples[n].Answer, $"{_samples}:{n + 1}"), (second.Samples[n].Answer, second.Samples[n].Source)));
        Assert.Equal(Enumerable.Range(0, Count).Where(n => n % 5 == 4).Select(n => $"Answer ä{n}"), second.Select("vqa", "validation").Select(sample => sample.Answer));
        Assert.Equal("Answer ä9", second.Select("vqa", "validation")[1].Answer);
        Assert.Empty(second.Select("vqa", "test"));
    }

    [Fact]
    public void FactsOf_GivesAnswerLengthsAndTheHashesOfPictures_AlsoOfOnesThatChanged()
    {
        Load();
        var facts = Load().FactsOf(12);

        Assert.Equal("Answer ä12"u8.Length, facts.AnswerBytes);
        Assert.Equal([HashOf("5.png"), HashOf("6.png")], facts.ImageSha256);
        _folder.Write("6.png", "another picture");
        Assert.Equal([HashOf("5.png"), HashOf("6.png")], Load().FactsOf(12).ImageSha256);
    }

    [Fact]
    public void FactsOf_NoticesThatAPictureBehindALinkChanged()
    {
        File.Move(Path.Combine(_folder.Path, "6.png"), Path.Combine(_folder.Path, "object"));
        File.CreateSymbolicLink(Path.Combine(_folder.Path, "6.png"), "object");
        Load();

        _folder.Write("object", "another picture");

        Assert.Equal([HashOf("5.png"), HashOf("6.png")], Load().FactsOf(12).ImageSha256);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Load_AfterAChange_IndexesAgain(bool sameLength)
    {
        Load();
        var time = File.GetLastWriteTimeUtc(_samples);
        File.WriteAllText(_samples, string.Concat(Enumerable.Range(0, Count).Select(n => Line(n, $"Reply  ä{n}" + (sameLength ? "" : ".")))));
        File.SetLastWriteTimeUtc(_samples, time);

        Assert.StartsWith("Reply  ä2321", Load().Samples[2321].Answer, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_OfManyBlocks_KnowsOfEverySampleWhatItsFileSays_WhateverItsFormAndItsPicturesNames()
    {
        const int Seed = 20302;
        var random = new Random(Seed);
        string[] prefixes = ["", "./", "nowhere/../", "\\u002e/"];
        var lines = Enumerable.Range(0, 4000).Select(n => (Picture: random.Next(7), Prefix: prefixes[random.Next(prefixes.Length)], Answer: $"{n} " + new string('ä', random.Next(1200)))).ToArray();
        File.WriteAllText(_samples, string.Concat(lines.Select(line =>
            $$"""{"image":"{{line.Prefix}}{{line.Picture}}.png","conversations":[{"from":"human","value":"<image>\nWhat?"},{"from":"gpt","value":"{{line.Answer}}"}],"split":"train"}""" + "\n")));
        Assert.InRange(new FileInfo(_samples).Length, 4L << 20, 8L << 20);
        var hashes = Enumerable.Range(0, 7).Select(picture => HashOf($"{picture}.png")).ToArray();

        var loaded = Load();

        Assert.Equal(lines.Length, loaded.Samples.Count);
        for (var n = 0; n < lines.Length; n++)
        {
            var (sample, facts) = (loaded.Samples[n], loaded.FactsOf(n));
            Assert.True(
                (lines[n].Answer, $"{_samples}:{n + 1}") == (sample.Answer, sample.Source)
                && Encoding.UTF8.GetByteCount(lines[n].Answer) == facts.AnswerBytes && facts.ImageSha256.SequenceEqual([hashes[lines[n].Picture]]),
                $"seed {Seed}, line {n + 1}");
        }
    }

    [Fact]
    public void Load_OfAFileThatFillsTheLargestBlock_FindsNothingBehindItsEnd()
    {
        const int Largest = 16 << 20;
        var lines = new[] { Line(0, new string('a', 9 << 20)), Line(1, "b") };
        var left = Largest - lines.Sum(Encoding.UTF8.GetByteCount) - Encoding.UTF8.GetByteCount(Line(2, ""));
        File.WriteAllText(_samples, string.Concat(lines) + Line(2, new string('c', left)));
        Assert.Equal(Largest, new FileInfo(_samples).Length);

        Assert.Equal(3, Load().Samples.Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Load_ThatIsCancelled_LeavesTheFileAndNoIndex(bool keeps)
    {
        File.WriteAllText(_samples, string.Concat(Enumerable.Range(0, 20_000).Select(n => Line(n, new string('a', 200)))));
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();

        Assert.ThrowsAny<OperationCanceledException>(() => Dataset.Load(_samples, keeps ? _cache : new SampleCache(null), cancelled.Token));

        Assert.False(Directory.Exists(_cacheFolder) && Directory.EnumerateFiles(_cacheFolder).Any());
        using var alone = new FileStream(_samples, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
    }

    [Fact]
    public void Load_NeverUsesATornOrDamagedIndex()
    {
        Load();
        var whole = File.ReadAllBytes(Index);
        var random = new Random(11);
        for (var time = 0; time < 16; time++)
        {
            var damaged = time % 2 == 0 ? whole[..random.Next(whole.Length)] : [.. whole];
            if (damaged.Length == whole.Length)
                damaged[random.Next(whole.Length)] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes(Index, damaged);

            Assert.Equal("Answer ä2999", Load().Samples[^1].Answer);
            Assert.Equal(whole, File.ReadAllBytes(Index));
        }
    }

    [Fact]
    public void Load_OfABadFile_LeavesNoIndexBehind()
    {
        File.AppendAllText(_samples, "{}\n");

        Assert.Contains($"{_samples}:{Count + 1}: conversations is missing", Assert.Throws<DatasetException>(() => Load()).Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_cacheFolder, "*", new EnumerationOptions { AttributesToSkip = 0 }));
    }

    [Fact]
    public void Load_WithoutACacheThatCanBeWritten_WorksAllTheSame()
    {
        var blocked = _folder.Write("file", "");

        Assert.Equal("Answer ä77", Load(new SampleCache(Path.Combine(blocked, "cache"))).Samples[77].Answer);
        Assert.Equal("Answer ä77", Load(new SampleCache(null)).Samples[77].Answer);
    }

    [Fact]
    public void Samples_WrittenIntoWhileInUse_AreRefusedAndNotMixed()
    {
        var dataset = Load();
        using (var file = new FileStream(_samples, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            file.Write("{\"kind\":\"x\","u8);

        Assert.Contains($"{_samples}:1: the sample changed", Assert.Throws<DatasetException>(() => dataset.Samples[0]).Message, StringComparison.Ordinal);
        Assert.Equal("Answer ä1", dataset.Samples[1].Answer);
        File.Delete(Path.Combine(_folder.Path, "6.png"));
        Assert.Contains("6.png' does not exist", Assert.Throws<DatasetException>(() => dataset.Samples[5]).Message, StringComparison.Ordinal);
    }

    private static string Line(int n, string answer) =>
        $$"""{"image":["{{n % 7}}.png","{{(n + 1) % 7}}.png"],"conversations":[{"from":"human","value":"<image><image>\nWhat?"},{"from":"gpt","value":"{{answer}}"}],"split":"{{(n % 5 == 4 ? "validation" : "train")}}"}""" + "\n";

    private Dataset Load(SampleCache? cache = null) => Dataset.Load(_samples, cache ?? _cache, TestContext.Current.CancellationToken);

    private string HashOf(string image) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(_folder.Path, image))));
}

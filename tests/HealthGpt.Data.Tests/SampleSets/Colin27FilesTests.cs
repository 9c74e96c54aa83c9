using System.Text;
using System.Text.Json;
using HealthGpt.Data.Images;
using HealthGpt.Data.Samples;
using HealthGpt.Data.SampleSets;

namespace HealthGpt.Data.Tests.SampleSets;

/// <summary>What the shipped set promises, checked from its files alone.</summary>
public sealed class Colin27FilesTests
{
    private static readonly string Folder = SampleFolder.Colin27;
    private static readonly List<JsonElement> Pictures =
        [.. File.ReadLines(Path.Combine(Folder, "images.jsonl")).Select(line => JsonDocument.Parse(line).RootElement)];

    [Fact]
    public void Training_ShowsNothingOfTheHeldOutSlabs()
    {
        var checkedPixels = 0;
        foreach (var picture in Pictures.Where(picture => Text(picture, "split") == "train"))
        {
            var (axis, position) = (Text(picture, "axis"), picture.GetProperty("mm").GetInt32());
            var own = SlabOf(axis);
            Assert.False(position >= own.From - 5 && position <= own.To + 5, $"{Text(picture, "image")} lies in the held-out slab");
            var image = RgbImage.Load(Path.Combine(Folder, "images", Text(picture, "image")));
            for (var row = 0; row < image.Height; row++)
            {
                for (var column = 0; column < image.Width; column++)
                {
                    if (!InSlab(picture.GetProperty("rows"), row) && !InSlab(picture.GetProperty("columns"), column))
                        continue;
                    Assert.True(image.Pixels[((row * image.Width) + column) * 3] == 0, $"{Text(picture, "image")} is not black at {column},{row}");
                    checkedPixels++;
                }
            }
        }

        Assert.True(checkedPixels > 900_000, $"only {checkedPixels} pixels lay in a slab");
    }

    [Fact]
    public void Validation_LiesInsideTheSlabsAndIsComplete()
    {
        var validation = Pictures.Where(picture => Text(picture, "split") == "validation").ToList();
        Assert.Equal(3, validation.Select(picture => Text(picture, "plane")).Distinct().Count());
        foreach (var picture in validation)
        {
            var slab = SlabOf(Text(picture, "axis"));
            Assert.InRange(picture.GetProperty("mm").GetInt32(), slab.From, slab.To);
            Assert.Equal(0, picture.GetProperty("blanked").GetArrayLength());
        }
    }

    [Fact]
    public void Samples_KeepToTheSplitOfTheirPictures()
    {
        var splits = Pictures.SelectMany(picture => (string[])[Text(picture, "image"), Text(picture, "lowResolution")], (picture, name) => (name, Text(picture, "split")))
            .ToDictionary(pair => pair.name, pair => pair.Item2);
        foreach (var sample in Dataset.Load(Path.Combine(Folder, "dataset.yaml")).Samples)
        {
            foreach (var image in sample.Images.Append(sample.AnswerImage).OfType<string>())
                Assert.Equal(sample.Split, splits[Path.GetFileName(image)]);
        }
    }

    [Fact]
    public void Samples_CoverEveryTaskAndKindInBothSplits()
    {
        var dataset = Dataset.Load(Path.Combine(Folder, "dataset.yaml"));
        foreach (var split in (string[])["train", "validation"])
        {
            foreach (var task in dataset.Tasks.Keys)
                Assert.NotEmpty(dataset.Select(task, split));
            var questions = dataset.Select("vqa", split);
            Assert.All(questions, question => Assert.True(question.Closed));
            foreach (var kind in questions.SelectMany(Turns).GroupBy(turn => KindOf(turn.Question)))
            {
                var commonest = kind.GroupBy(turn => turn.Answer).Max(group => group.Count());
                Assert.True(commonest <= 0.6 * kind.Count(), $"{kind.Key} in {split} is lopsided");
            }

            Assert.All(dataset.Select("report", split), sample => Assert.InRange(Encoding.UTF8.GetByteCount(sample.Answer!), 1, 120));
        }
    }

    [Fact]
    public void Answers_FollowFromTheMetadata()
    {
        var facts = Pictures.ToDictionary(picture => Text(picture, "image"));
        foreach (var sample in Dataset.Load(Path.Combine(Folder, "dataset.yaml")).Samples.Where(sample => sample.Task == "vqa"))
        {
            var picture = facts[Path.GetFileName(sample.Images[0])];
            Assert.All(Turns(sample), turn => FollowsFrom(picture, turn));
            if (sample.Split == "validation")
                Assert.Equal(KindOf(sample.Question), sample.QuestionKind);
        }
    }

    [Fact]
    public void Questions_OfEveryKindOpenConversations()
    {
        var openings = Dataset.Load(Path.Combine(Folder, "dataset.yaml")).Select("vqa", "train").GroupBy(sample => KindOf(sample.Question)).ToDictionary(group => group.Key, group => group.Count());
        Assert.All((string[])["plane", "level", "structure", "skull"], kind => Assert.InRange(openings[kind], 40, 600));
    }

    [Fact]
    public void Pictures_AreSmallGreyAndPaired()
    {
        Assert.True(new DirectoryInfo(Folder).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length) <= 8_000_000);
        foreach (var picture in Pictures)
        {
            foreach (var (key, size) in new[] { ("image", 128), ("lowResolution", 16) })
            {
                var bytes = File.ReadAllBytes(Path.Combine(Folder, "images", Text(picture, key)));
                Assert.Equal((size, size, 8, 0), (bytes[19], bytes[23], bytes[24], bytes[25]));
            }
        }
    }

    private static void FollowsFrom(JsonElement picture, Turn turn)
    {
        if (KindOf(turn.Question) == "plane")
            Assert.Equal(Text(picture, "plane"), turn.Answer);
        if (KindOf(turn.Question) == "skull")
            Assert.Equal(picture.GetProperty("skull").GetBoolean() == turn.Question.Contains("visible", StringComparison.Ordinal) ? "yes" : "no", turn.Answer);
        if (KindOf(turn.Question) == "structure")
        {
            var asked = Assert.Single(picture.GetProperty("structures").EnumerateObject(), structure => turn.Question.Contains($"the {structure.Name}", StringComparison.Ordinal));
            Assert.Equal(asked.Value.GetBoolean() ? "yes" : "no", turn.Answer);
        }
    }

    private static IEnumerable<Turn> Turns(Sample sample) => [new Turn(sample.Question, sample.Answer!), .. sample.FollowUps];

    private static string KindOf(string question) =>
        question.Contains("plane", StringComparison.Ordinal) ? "plane"
        : question.Contains("skull", StringComparison.Ordinal) ? "skull"
        : question.Contains("the midline", StringComparison.Ordinal) || question.Contains("third", StringComparison.Ordinal) || question.Contains(" mm", StringComparison.Ordinal) ? "level"
        : "structure";

    private static HeldOutSlab SlabOf(string axis) => Colin27SampleSet.Slabs["zyx".IndexOf(axis, StringComparison.Ordinal)];

    private static bool InSlab(JsonElement pixels, int index)
    {
        var slab = SlabOf(Text(pixels, "axis"));
        var millimetres = pixels.GetProperty("first").GetDouble() + (index * pixels.GetProperty("step").GetDouble());
        return millimetres >= slab.From - 5 && millimetres <= slab.To + 5;
    }

    private static string Text(JsonElement owner, string key) => owner.GetProperty(key).GetString()!;
}

using System.Globalization;
using System.Text.Json;
using HealthGpt.Data.Images;

namespace HealthGpt.EndToEnd.Tests.Demos;

[Collection(FinishedDemoGroup.Name)]
public sealed class DemoResultsTests(FinishedDemo demo)
{
    private static readonly string[] Phases =
    [
        "alignment comprehension comprehension", "alignment generation generation", "adaptation mixed mixed",
        "instruction comprehension vqa", "instruction generation super-resolution", "instruction generation skull-stripping",
    ];

    [Fact]
    public void Answers_StateWhetherEachPhaseLearnt()
    {
        var learning = demo.Answers.GetProperty("learning").EnumerateArray().ToArray();

        Assert.Equal(Phases, learning.Select(phase => $"{Text(phase, "stage")} {Text(phase, "kind")} {Text(phase, "phase")}"));
        foreach (var phase in learning)
        {
            Assert.True(Number(phase, "firstFifth") > 0 && Number(phase, "lastFifth") > 0 && Number(phase, "standardError") >= 0, phase.ToString());
            Assert.True(phase.GetProperty("learnt").ValueKind is JsonValueKind.True or JsonValueKind.False);
        }

        var words = demo.Answers.GetProperty("imageWords");
        Assert.Equal(Math.Log(Number(words, "newTokens")), Number(words, "logOfNewTokens"), 9);
    }

    [Fact]
    public void Answers_StateAccuracyNextToTheBestConstant()
    {
        var closed = demo.Answers.GetProperty("closedQuestions");
        var all = closed.GetProperty("all");

        Assert.Equal(8, Number(all, "questions"));
        Assert.InRange(Number(all, "correct"), 0, 1);
        Assert.InRange(Number(all.GetProperty("bestConstant"), "accuracy"), 0.01, 1);
        Assert.NotEqual("", Text(all.GetProperty("bestConstant"), "answer"));
        Assert.InRange(Number(closed, "bestConstantPerKind"), Number(all.GetProperty("bestConstant"), "accuracy"), 1);
        Assert.InRange(Number(closed, "bestConstantPerQuestion"), Number(closed, "bestConstantPerKind"), 1);
        Assert.Equal(2, demo.Answers.GetProperty("questions").GetArrayLength());
    }

    [Fact]
    public void Answers_StateLikenessOfEachDrawnImage_NextToItsBounds()
    {
        var images = demo.Answers.GetProperty("images").EnumerateArray().ToArray();

        Assert.Equal(["super-resolution", "skull-stripping"], images.Select(image => Text(image, "task")));
        foreach (var image in images)
        {
            foreach (var likeness in new[] { "drawn", "ofInput", "tokenizerCeiling", "ofAnotherSlice" })
            {
                Assert.InRange(Number(image.GetProperty(likeness), "psnr"), 1, 100);
                Assert.InRange(Number(image.GetProperty(likeness), "ssim"), -1, 1);
            }

            Assert.True(File.Exists(Text(image, "input")) && File.Exists(Text(image, "truth")));
        }
    }

    [Fact]
    public void Answers_SayThatNobodyWasKilled_AndWhy()
    {
        Assert.Equal(JsonValueKind.Null, demo.Answers.GetProperty("killed").ValueKind);
        Assert.Equal("--no-kill was given", Text(demo.Answers, "nobodyKilled"));
    }

    [Fact]
    public void Losses_HaveALineACommittedStep()
    {
        var lines = File.ReadAllLines(demo["losses.csv"]);
        var rows = lines.Skip(1).Select(line => line.Split(',')).ToArray();

        Assert.Equal("stage,kind,step,loss,phase", lines[0]);
        Assert.Equal(Enumerable.Range(1, (int)Number(demo.Answers.GetProperty("job"), "steps")), rows.Select(row => int.Parse(row[2], CultureInfo.InvariantCulture)));
        Assert.Equal(Phases, rows.Select(row => $"{row[0]} {row[1]} {row[4]}").Distinct());
        Assert.All(rows, row => Assert.True(double.Parse(row[3], CultureInfo.InvariantCulture) > 0));
    }

    [Fact]
    public void Pictures_AreThere()
    {
        foreach (var name in new[] { "losses.png", "comparison.png" })
        {
            var picture = RgbImage.Load(demo[name]);
            Assert.True(picture.Width > 500 && picture.Height > 300 && picture.Pixels.Distinct().Count() > 10, name);
        }
    }

    [Fact]
    public void Json_IsALineAnEventAndAStep_AndTheReportLast()
    {
        var lines = demo.Output.Select(line => JsonDocument.Parse(line).RootElement).ToArray();

        Assert.Equal((int)Number(demo.Answers.GetProperty("job"), "steps"), lines.Count(line => line.TryGetProperty("phaseStep", out _)));
        Assert.Contains(lines, line => line.TryGetProperty("event", out var happened) && happened.GetString()!.StartsWith("silo-1 is ready", StringComparison.Ordinal));
        Assert.True(JsonElement.DeepEquals(demo.Answers, lines[^1]));
    }

    [Fact]
    public void NoProcessIsLeft() => Assert.Empty(demo.Left);

    private static double Number(JsonElement element, string name) => element.GetProperty(name).GetDouble();

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;
}

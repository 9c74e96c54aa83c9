using HealthGpt.Data.Images;
using HealthGpt.Data.Samples;
using HealthGpt.Inference.Requests;
using Xunit;

namespace HealthGpt.Inference.Tests.Requests;

public sealed class RequestValidatorTests
{
    private static readonly EngineTask[] Tasks =
    [
        new() { Task = "vqa", Kind = TaskKind.Comprehension },
        new() { Task = "report", Kind = TaskKind.Comprehension, DefaultPrompt = "Describe this slice." },
        new() { Task = "super-resolution", Kind = TaskKind.Generation, DefaultPrompt = "Reconstruct the high-resolution image." },
        new() { Task = "report-to-slice", Kind = TaskKind.Generation },
    ];

    private static readonly byte[] Png = new RgbImage(1, 1, [1, 2, 3]).EncodePng();

    private static readonly ClipPreparation Clip = new() { Size = 4, Mean = [0.5f, 0.5f, 0.5f], Std = [0.5f, 0.5f, 0.5f] };

    private readonly RequestValidator _validator = new(Tasks, defaultMaxTokens: 128, tokensOfImage: 256, Clip);

    [Theory]
    [InlineData("Which plane?", 0, "Which plane?")]
    [InlineData("Which plane?", 1, "<image>\nWhich plane?")]
    [InlineData("Same patient?", 2, "<image>\n<image>\nSame patient?")]
    [InlineData("Is <image> above <image>?", 2, "Is <image> above <image>?")]
    public void Images_without_placeholders_come_before_the_question(string question, int images, string message)
    {
        var valid = _validator.Validate(Request("vqa", question, images));

        Assert.Equal(message, valid.Message);
        Assert.Equal(images, valid.Images.Count);
        Assert.Equal(128, valid.MaxTokens);
    }

    [Theory]
    [InlineData("super-resolution", "<image>\nReconstruct the high-resolution image.", 256)]
    [InlineData("report", "<image>\nDescribe this slice.", 128)]
    public void An_empty_question_takes_the_tasks_prompt(string task, string message, int maxTokens)
    {
        var valid = _validator.Validate(Request(task, " ", images: 1));

        Assert.Equal(message, valid.Message);
        Assert.Equal(maxTokens, valid.MaxTokens);
    }

    [Theory]
    [InlineData("vpa", "?", 1, "task", "'vpa' is unknown", "report, report-to-slice, super-resolution, vqa")]
    [InlineData("", "?", 1, "task", "'' is unknown", "vqa")]
    [InlineData("vqa", " \n", 1, "question", "question is empty", "'vqa' answers a question and has no prompt of its own. Ask one.")]
    [InlineData("report", "", 0, "images", "no image", "Describe this slice.")]
    [InlineData("report-to-slice", "", 0, "question", "question is empty", "Describe the image")]
    [InlineData("report-to-slice", "", 1, "question", "question is empty", "no prompt of its own")]
    [InlineData("super-resolution", "", 0, "images", "no image", "Reconstruct the high-resolution image.")]
    [InlineData("vqa", "<image> <image>?", 1, "images", "places 2 images", "brings 1 image.")]
    [InlineData("vqa", "<image>?", 0, "images", "places 1 image ", "brings 0 images")]
    public void Rejects_what_cannot_be_answered(string task, string question, int images, string param, string problem, string remedy)
    {
        var exception = Assert.Throws<RequestException>(() => _validator.Validate(Request(task, question, images)));

        Assert.Equal(param, exception.Param);
        Assert.Contains(problem, exception.Message, StringComparison.Ordinal);
        Assert.Contains(remedy, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("vqa", 0, "at least 1")]
    [InlineData("super-resolution", 255, "always 256 tokens")]
    public void Rejects_a_limit_no_answer_fits(string task, int maxTokens, string rule)
    {
        var exception = Assert.Throws<RequestException>(() => _validator.Validate(Request(task, "?", images: 1) with { MaxTokens = maxTokens }));

        Assert.Equal("maxTokens", exception.Param);
        Assert.Contains(rule, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rejects_bytes_that_are_no_image_and_says_what_was_found()
    {
        var request = Request("vqa", "Which plane?", images: 1) with { Images = [Png, "%PDF-1.7 not an image"u8.ToArray()] };

        var exception = Assert.Throws<RequestException>(() => _validator.Validate(request));

        Assert.Equal("images", exception.Param);
        Assert.StartsWith("Image 2 of 2 cannot be read", exception.Message, StringComparison.Ordinal);
        Assert.Contains("21 bytes beginning with 25 50 44 46 2D 31 2E 37 (a PDF file)", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rejects_an_empty_file() =>
        Assert.Contains(
            "The image is empty (0 bytes)",
            Assert.Throws<RequestException>(() => _validator.Validate(Request("vqa", "?", 0) with { Images = [[]] })).Message,
            StringComparison.Ordinal);

    private static GenerationRequest Request(string task, string question, int images) =>
        new() { Task = task, Question = question, Images = [.. Enumerable.Repeat(Png, images)] };
}

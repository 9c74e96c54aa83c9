using HealthGpt.Data.Samples;
using HealthGpt.Inference.Requests;
using HealthGpt.Model.Text;
using HealthGpt.Model.Vocabulary;
using Xunit;

namespace HealthGpt.Inference.Tests.Requests;

public sealed class RequestPlannerTests
{
    private static readonly ByteTokenizer Tokenizer = new(["<|endoftext|>", "<|end|>"]);
    private static readonly PromptTemplate Template = new("short", "Q:", "A:", "<|end|>");
    private static readonly ImageVocabulary Vocabulary = new(Tokenizer.Count, 16);

    private readonly RequestPlanner _planner = new(Tokenizer, Template, Vocabulary, patches: 10, maxPositions: 40);

    [Fact]
    public void A_text_answer_is_cut_to_the_context()
    {
        // 4 of the template, 2 of the question, 10 of the image: 24 positions are left, and the last token takes none.
        var plan = _planner.Plan(Request(TaskKind.Comprehension, "<image>ab", images: 1, maxTokens: 128));

        Assert.Equal([.. "Q:".Select(c => (int)c), Prompt.ImageId, .. "abA:".Select(c => (int)c)], plan.Prompt);
        Assert.Equal((25, 40), (plan.MaxTokens, plan.Positions));
    }

    [Fact]
    public void A_short_answer_takes_only_the_positions_it_needs()
    {
        var plan = _planner.Plan(Request(TaskKind.Comprehension, "ab", images: 0, maxTokens: 3));

        Assert.Equal((3, 8), (plan.MaxTokens, plan.Positions));
    }

    [Fact]
    public void A_conversation_stands_before_its_question_as_it_is_learnt()
    {
        var request = Request(TaskKind.Comprehension, "<image>a", images: 1, maxTokens: 3) with { Later = [("x", "b"), ("y", "c")] };

        var plan = new RequestPlanner(Tokenizer, new PromptTemplate("system", "S<|end|>Q:", "A:", "<|end|>"), Vocabulary, patches: 10, maxPositions: 60).Plan(request);

        int[] Ids(string text) => [.. Tokenizer.Encode(text)];
        Assert.Equal([.. Ids("S<|end|>Q:"), Prompt.ImageId, .. Ids("aA:x<|end|>Q:bA:y<|end|>Q:cA:")], plan.Prompt);
    }

    [Fact]
    public void A_drawing_prompt_ends_with_the_start_of_the_image()
    {
        var plan = _planner.Plan(Request(TaskKind.Generation, "<image>ab", images: 1, maxTokens: 16));

        Assert.Equal(Vocabulary.StartIndex, plan.Prompt[^1]);
        Assert.Equal((16, 32), (plan.MaxTokens, plan.Positions));
    }

    [Theory]
    [InlineData(TaskKind.Comprehension, 17, 2, "41 tokens long (20 of them for 2 images), but the model's context holds 40", "fewer images")]
    [InlineData(TaskKind.Generation, 11, 1, "26 tokens long (10 of them for 1 image) and the drawn image takes 15 more", "Shorten the question.")]
    public void Rejects_a_prompt_that_leaves_no_room(TaskKind kind, int length, int images, string problem, string remedy)
    {
        var message = string.Concat(Enumerable.Repeat(Prompt.ImagePlaceholder, images)) + new string('a', length);

        var exception = Assert.Throws<RequestException>(() => _planner.Plan(Request(kind, message, images, maxTokens: 16)));

        Assert.Equal("question", exception.Param);
        Assert.Contains(problem, exception.Message, StringComparison.Ordinal);
        Assert.Contains(remedy, exception.Message, StringComparison.Ordinal);
    }

    private static ValidRequest Request(TaskKind kind, string message, int images, int maxTokens) => new()
    {
        Task = new EngineTask { Task = "task", Kind = kind },
        Message = message,
        Images = [.. Enumerable.Range(0, images).Select(_ => new RequestImage("", []))],
        MaxTokens = maxTokens,
    };
}

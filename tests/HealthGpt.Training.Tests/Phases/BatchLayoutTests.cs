using HealthGpt.Model.Text;
using HealthGpt.Training.Phases;
using HealthGpt.Training.Samples;
using Xunit;

namespace HealthGpt.Training.Tests.Phases;

public sealed class BatchLayoutTests
{
    [Fact]
    public void Places_patches_tokens_and_targets()
    {
        var image = new ImageReference("a.png", "00");
        PreparedSample[] samples =
        [
            // Prompt 1 2, two patches, 3, <start>; answer: two image tokens of which the last is only predicted.
            new() { Generation = true, Prompt = [1, 2, Prompt.ImageId, 3, 10], Images = [image], Answer = [11, 12], AnswerTokens = 2, Length = 7 },
            new() { Generation = true, Prompt = [4, 10], Images = [], Answer = [13], AnswerTokens = 1, Length = 2 },
        ];

        var layout = new BatchLayout(samples, patches: 2, textTokens: 10, [.. samples.Select(sample => sample.Answer)]);

        Assert.Equal((2, 7), (layout.Rows, layout.Length));
        Assert.Equal([1, 2, 0, 0, 3, 0, 0, 4, 0, 0, 0, 0, 0, 0], layout.TextIds);
        Assert.Equal([2, 3], layout.PatchPlaces);
        Assert.Equal([5, 6, 8], layout.ImageTokenPlaces);
        Assert.Equal([0, 1, 0], layout.ImageTokenRows);
        Assert.Equal([5, 6, 8], layout.AnswerPlaces);
        Assert.Equal([11, 12, 13], layout.Targets);
    }

    [Fact]
    public void Learns_every_answer_of_a_conversation_and_no_question()
    {
        // Prompt 1, 2; answer 3, stop; question 4, 5; answer 6, 7, stop.
        PreparedSample[] samples = [new() { Generation = false, Prompt = [1, 2], Images = [], Answer = [3, 9, 4, 5, 6, 7, 9], Questions = [2..4], AnswerTokens = 5, Length = 8 }];

        var layout = new BatchLayout(samples, patches: 2, textTokens: 10, [.. samples.Select(sample => sample.Answer)]);

        Assert.Equal([1, 2, 3, 9, 4, 5, 6, 7], layout.TextIds);
        Assert.Equal([1, 2, 5, 6, 7], layout.AnswerPlaces);
        Assert.Equal([3, 9, 6, 7, 9], layout.Targets);
    }
}

namespace HealthGpt.Training.Samples;

/// <summary>A sample bound to tokenizer, template and image vocabulary. All its lengths are known, so batches are planned without looking at an image.</summary>
internal sealed record PreparedSample
{
    /// <summary>Whether the answer is an image.</summary>
    public required bool Generation { get; init; }

    /// <summary>Ids of the prompt with a placeholder for each image.</summary>
    public required int[] Prompt { get; init; }

    /// <summary>Images of the prompt, in the order of their placeholders.</summary>
    public required IReadOnlyList<ImageReference> Images { get; init; }

    /// <summary>Ids of a text answer with the stop token, and of the questions and answers that follow it; empty for an image answer, whose ids are computed later.</summary>
    public required int[] Answer { get; init; }

    /// <summary>The parts of <see cref="Answer"/> that are questions, which are read and not learnt.</summary>
    public IReadOnlyList<Range> Questions { get; init; } = [];

    /// <summary>The image of an image answer.</summary>
    public ImageReference? AnswerImage { get; init; }

    /// <summary>Number of tokens that are learnt, stop or end tokens included.</summary>
    public required int AnswerTokens { get; init; }

    /// <summary>Tokens the decoder sees: the prompt with its patches and all that follows but the last token.</summary>
    public required int Length { get; init; }
}

namespace HealthGpt.Inference.Requests;

/// <summary>A request that passed <see cref="RequestValidator"/>.</summary>
public sealed record ValidRequest
{
    /// <summary>The task that answers.</summary>
    public required EngineTask Task { get; init; }

    /// <summary>The user's message with exactly one placeholder an image; of a conversation the first.</summary>
    public required string Message { get; init; }

    /// <summary>What follows the message in a conversation: an answer, and the message after it.</summary>
    public IReadOnlyList<(string Answer, string Message)> Later { get; init; } = [];

    /// <summary>The images in the order of their placeholders.</summary>
    public required IReadOnlyList<RequestImage> Images { get; init; }

    /// <summary>The longest answer in tokens; all tokens of the image for an image answer.</summary>
    public required int MaxTokens { get; init; }
}

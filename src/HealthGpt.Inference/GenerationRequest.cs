using HealthGpt.Data.Samples;

namespace HealthGpt.Inference;

/// <summary>One question to the model.</summary>
public sealed record GenerationRequest
{
    /// <summary>The task whose plugin answers.</summary>
    public required string Task { get; init; }

    /// <summary>
    /// What is asked. It may place each image by <c>&lt;image&gt;</c>; without placeholders the images come first. It may be
    /// empty if the task has a default prompt.
    /// </summary>
    public string Question { get; init; } = "";

    /// <summary>
    /// The conversation before the question, which then shows no image: the first turn places the images, each answer stands as it is. Only for tasks that answer
    /// in words.
    /// </summary>
    public IReadOnlyList<Turn> Earlier { get; init; } = [];

    /// <summary>The files' bytes, in the order of the placeholders.</summary>
    public IReadOnlyList<byte[]> Images { get; init; } = [];

    /// <summary>The longest text answer in tokens; null for the engine's default. An image is always whole.</summary>
    public int? MaxTokens { get; init; }
}

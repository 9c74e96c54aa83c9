namespace HealthGpt.Inference.Requests;

/// <summary>A request as token ids, with the room its answer has.</summary>
public sealed record PlannedRequest
{
    /// <summary>The task that answers.</summary>
    public required EngineTask Task { get; init; }

    /// <summary>The prompt's ids with <see cref="Model.Text.Prompt.ImageId"/> for each image.</summary>
    public required IReadOnlyList<int> Prompt { get; init; }

    /// <summary>The images in the order of their ids.</summary>
    public required IReadOnlyList<RequestImage> Images { get; init; }

    /// <summary>The longest answer in tokens.</summary>
    public required int MaxTokens { get; init; }

    /// <summary>Positions of the context that prompt and answer take at most.</summary>
    public required int Positions { get; init; }
}

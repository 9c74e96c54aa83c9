namespace HealthGpt.Inference;

/// <summary>Why an answer ended.</summary>
public enum FinishReason
{
    /// <summary>The model ended it, or the image is complete.</summary>
    Stop,

    /// <summary>It reached the longest length the request or the model's context allows.</summary>
    Length,
}

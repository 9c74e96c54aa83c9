using HealthGpt.Inference;

namespace HealthGpt.Cli.LocalInference;

/// <summary>What the command line asks of a model folder.</summary>
internal sealed record LocalRequest
{
    /// <summary>The model folder.</summary>
    public required string Model { get; init; }

    /// <summary>The task that answers.</summary>
    public required string Task { get; init; }

    /// <summary>The name of one of the model's plugins or a plugin folder; null for the model's own of the task.</summary>
    public string? Plugin { get; init; }

    /// <summary>Image files in the order of the placeholders.</summary>
    public IReadOnlyList<string> ImageFiles { get; init; } = [];

    /// <summary>What is asked; empty for the task's own prompt.</summary>
    public string Question { get; init; } = "";

    /// <summary>Where a drawn image is written.</summary>
    public string? Out { get; init; }

    /// <summary>Where it computes.</summary>
    public ComputeDevice Device { get; init; }

    /// <summary>What it computes in; null for bfloat16 where the base is stored in it, else float32.</summary>
    public Precision? Precision { get; init; }

    /// <summary>Longest text answer in tokens; null for <see cref="PublishedMaxTokens"/>.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>The longest text answer of the published code, in tokens.</summary>
    public const int PublishedMaxTokens = 2048;
}

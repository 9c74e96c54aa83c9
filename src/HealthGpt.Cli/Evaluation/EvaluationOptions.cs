using HealthGpt.Inference;

namespace HealthGpt.Cli.Evaluation;

/// <summary>What the command line asks to be measured.</summary>
internal sealed record EvaluationOptions
{
    /// <summary>The model folder, absolute.</summary>
    public required string Model { get; init; }

    /// <summary>None for the model's own plugin of the task; one; or two that are compared. Names of the model's plugins, or folders.</summary>
    public IReadOnlyList<string> Plugins { get; init; } = [];

    /// <summary>A dataset file or a bare samples file.</summary>
    public required string Data { get; init; }

    /// <summary>A task of the dataset.</summary>
    public required string Task { get; init; }

    /// <summary>The folder that is made, absolute.</summary>
    public required string Out { get; init; }

    /// <summary>train, validation or test; null for test where there is one, else validation.</summary>
    public string? Split { get; init; }

    /// <summary>Most samples that are asked, drawn by <see cref="Seed"/>; null for all.</summary>
    public int? Limit { get; init; }

    /// <summary>Where it computes.</summary>
    public ComputeDevice Device { get; init; }

    /// <summary>What it computes in; null for the type that the base is stored in.</summary>
    public Precision? Precision { get; init; }

    /// <summary>Longest text answer in tokens; null for <see cref="DefaultMaxTokens"/>.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>Decides the bootstrap's draws, and those of <see cref="Limit"/>.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Requests that take turns on the device at once; each holds a key/value cache.</summary>
    public int Concurrency { get; init; } = DefaultConcurrency;

    /// <summary>Whether samples that cannot be used are left out and counted instead of stopping everything.</summary>
    public bool SkipBad { get; init; }

    public const int DefaultMaxTokens = 256;

    public const int DefaultConcurrency = 4;
}

namespace HealthGpt.Inference;

/// <summary>How an <see cref="InferenceEngine"/> uses its device.</summary>
public sealed record EngineOptions
{
    /// <summary>Threads of one tensor operation. They change a matmul's last bits, so answers are compared under one setting.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>What the model computes in.</summary>
    public Precision Precision { get; init; } = Precision.Float32;

    /// <summary>Where it computes.</summary>
    public ComputeDevice Device { get; init; } = ComputeDevice.Cpu;

    /// <summary>The tasks whose plugins are loaded from the model folder; null for all that it has.</summary>
    public IReadOnlyCollection<string>? Tasks { get; init; }

    /// <summary>Plugin folders that are loaded besides; each takes the place of the model folder's plugin for its task, and no two are for one.</summary>
    public IReadOnlyList<string> PluginFolders { get; init; } = [];

    /// <summary>
    /// Requests that take turns on the device, each with its own key/value cache. Image answers leave one of them to text answers
    /// (unless there is only one), so that a question waits for no whole image.
    /// </summary>
    public int MaxActive { get; init; } = 4;

    /// <summary>Requests that may wait for a turn; the next one is refused with <see cref="EngineBusyException"/>.</summary>
    public int MaxWaiting { get; init; } = 256;

    /// <summary>Tokens of a text answer when the request names no limit.</summary>
    public int DefaultMaxTokens { get; init; } = 128;

    /// <summary>Bytes of image features that are kept for the next question about the same image; 0 keeps none.</summary>
    public long FeatureCacheBytes { get; init; } = 64L << 20;

    /// <summary>Throws for the first option that is out of range.</summary>
    internal void Validate()
    {
        Require(Threads >= 1, nameof(Threads), Threads, "at least 1");
        Require(Enum.IsDefined(Precision), nameof(Precision), Precision, "Float32 or BFloat16");
        Require(Enum.IsDefined(Device), nameof(Device), Device, "Cpu or Cuda");
        Require(MaxActive >= 1, nameof(MaxActive), MaxActive, "at least 1");
        Require(MaxWaiting >= 1, nameof(MaxWaiting), MaxWaiting, "at least 1");
        Require(DefaultMaxTokens >= 1, nameof(DefaultMaxTokens), DefaultMaxTokens, "at least 1");
        Require(FeatureCacheBytes >= 0, nameof(FeatureCacheBytes), FeatureCacheBytes, "0 or more bytes");
    }

    private static void Require(bool holds, string option, object value, string rule)
    {
        if (!holds)
            throw new ArgumentException($"Engine option {option} is {value}, but must be {rule}.", option);
    }
}

namespace HealthGpt.Training.State;

/// <summary>The names of weights in a <see cref="TrainingState"/>. Text and image rows are tensors of their own, because stage 1 trains the latter only.</summary>
internal static class WeightNames
{
    public const string TextEmbedding = "vocabulary/embedding/text";
    public const string ImageEmbedding = "vocabulary/embedding/image";
    public const string TextHead = "vocabulary/head/text";
    public const string ImageHead = "vocabulary/head/image";

    /// <summary>Where the parts that all tasks of a kind start from lie.</summary>
    public static string Shared(bool generation) => generation ? "shared/generation/" : "shared/comprehension/";

    /// <summary>Where the parts of one task's plugin lie.</summary>
    public static string Plugin(string task) => $"plugin/{task}/";

    /// <summary>The task of a plugin's weight; null of any other.</summary>
    public static string? TaskOf(string name) => name.Split('/') is ["plugin", var task, ..] ? task : null;

    public static string Adapter(string owner) => owner + "adapter/";

    public static string HLora(string owner) => owner + "hlora/";
}

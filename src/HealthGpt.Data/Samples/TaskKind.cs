namespace HealthGpt.Data.Samples;

/// <summary>What a task's answer is.</summary>
public enum TaskKind
{
    /// <summary>The answer is text.</summary>
    Comprehension,

    /// <summary>The answer is a picture.</summary>
    Generation,
}

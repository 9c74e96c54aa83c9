namespace HealthGpt.Cluster.Abstractions.Serving;

/// <summary>What an engine is doing.</summary>
public enum EngineCondition
{
    /// <summary>Was never told to load a model.</summary>
    Idle,

    /// <summary>Loads the model.</summary>
    Loading,

    /// <summary>Answers requests.</summary>
    Ready,

    /// <summary>Could not load the model.</summary>
    Failed,
}

namespace HealthGpt.Cli.LocalTraining;

/// <summary>The values of <see cref="RunEvent.Type"/>, and of a step's line.</summary>
internal static class RunEventTypes
{
    public const string Started = "started";
    public const string WorkerStarted = "worker-started";
    public const string Generation = "generation";
    public const string GenerationBroken = "generation-broken";
    public const string Resumed = "resumed";
    public const string Step = "step";
    public const string WorkerLost = "worker-lost";
    public const string SamplesLeftOut = "samples-left-out";
    public const string PluginsLeftOut = "plugins-left-out";
    public const string Checkpoint = "checkpoint";
    public const string CheckpointProblem = "checkpoint-problem";
    public const string Completed = "completed";
    public const string Failed = "failed";
    public const string Interrupted = "interrupted";
}
